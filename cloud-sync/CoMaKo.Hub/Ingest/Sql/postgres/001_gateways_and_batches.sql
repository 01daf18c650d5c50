-- Events in Unix µs, slots in Unix s, epochs are the wire's 64 bits as a signed integer. Text is compared by its bytes.

CREATE TABLE ing_gateway (
  gateway_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name                text COLLATE "C" NOT NULL UNIQUE,  -- as in the certificate
  certificate_serial  text,
  current_epoch       bigint,                            -- the epoch created last
  directive_revision  bigint NOT NULL DEFAULT 0,
  first_contact_us    bigint NOT NULL,
  last_contact_us     bigint NOT NULL,
  software_version    text,
  building_name       text,
  time_zone           text,
  status              bytea,                             -- last GatewayStatus, as received
  status_us           bigint
) WITH (fillfactor = 50);                                -- written by each batch; room for the new version on the same page

CREATE TABLE ing_epoch (
  gateway_id      bigint NOT NULL REFERENCES ing_gateway,
  epoch           bigint NOT NULL,
  created_us      bigint NOT NULL,
  base_sequence   bigint NOT NULL,
  base_chain      bytea NOT NULL,
  acked_sequence  bigint NOT NULL,
  acked_chain     bytea NOT NULL,
  PRIMARY KEY (gateway_id, epoch)
) WITH (fillfactor = 50);

-- Given before the row is written, under the gateway's lock.
CREATE SEQUENCE ing_batch_number;

-- The evidence: the bytes of each record as the gateway made them, compressed (raw deflate of Batch.entries).
CREATE TABLE ing_batch (
  batch_id             bigint PRIMARY KEY,
  gateway_id           bigint NOT NULL,
  epoch                bigint NOT NULL,
  from_sequence        bigint NOT NULL,
  to_sequence          bigint NOT NULL,
  chain_before         bytea NOT NULL,
  chain_after          bytea NOT NULL,
  least_slot_end_s     bigint,
  greatest_slot_end_s  bigint,
  received_us          bigint NOT NULL,
  records              bytea NOT NULL
);
ALTER TABLE ing_batch ALTER COLUMN records SET STORAGE EXTERNAL;  -- is compressed already
CREATE UNIQUE INDEX ing_batch_sequence ON ing_batch (gateway_id, epoch, from_sequence);

CREATE TABLE ing_parked (
  parked_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway_id     bigint NOT NULL REFERENCES ing_gateway,
  record_sha256  bytea NOT NULL,
  epoch          bigint NOT NULL,
  sequence       bigint NOT NULL,
  reason         text COLLATE "C" NOT NULL,              -- stable code, e.g. CMH-1203
  detail         text NOT NULL,
  record         bytea,                                  -- absent: the gateway's store lost the bytes
  parked_us      bigint NOT NULL
);
CREATE UNIQUE INDEX ing_parked_record ON ing_parked (gateway_id, record_sha256);

CREATE TABLE ing_event (
  event_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway_id     bigint NOT NULL REFERENCES ing_gateway,
  record_sha256  bytea NOT NULL,
  batch_id       bigint NOT NULL,
  at_us          bigint NOT NULL,
  code           text COLLATE "C" NOT NULL,
  source         text COLLATE "C" NOT NULL,
  text           text NOT NULL,
  data           text NOT NULL                           -- JSON object of texts
);
CREATE UNIQUE INDEX ing_event_record ON ing_event (gateway_id, record_sha256);

-- What the operator is told; once per cause.
CREATE TABLE ing_note (
  note_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway_id  bigint NOT NULL REFERENCES ing_gateway,
  code        text COLLATE "C" NOT NULL,
  subject     text COLLATE "C" NOT NULL,                 -- epoch or register it is about
  text        text NOT NULL,
  at_us       bigint NOT NULL
);
CREATE UNIQUE INDEX ing_note_cause ON ing_note (gateway_id, code, subject);

CREATE TABLE ing_directive (
  gateway_id      bigint NOT NULL REFERENCES ing_gateway,
  revision        bigint NOT NULL,
  directive_id    text COLLATE "C" NOT NULL,
  valid_from_us   bigint NOT NULL,
  valid_until_us  bigint NOT NULL,
  issued_by       text NOT NULL,
  kind            text COLLATE "C" NOT NULL,
  content         text NOT NULL,
  state           bigint NOT NULL DEFAULT 0,             -- DirectiveState.State as the gateway reported it
  PRIMARY KEY (gateway_id, revision)
);
CREATE UNIQUE INDEX ing_directive_id ON ing_directive (gateway_id, directive_id);
