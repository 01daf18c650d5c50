-- Events in Unix µs, slots in Unix s, epochs are the wire's 64 bits as a signed integer.

CREATE TABLE ing_gateway (
  gateway_id          INTEGER PRIMARY KEY,
  name                TEXT NOT NULL UNIQUE,       -- as in the certificate
  certificate_serial  TEXT,
  current_epoch       INTEGER,                    -- the epoch created last
  directive_revision  INTEGER NOT NULL DEFAULT 0,
  first_contact_us    INTEGER NOT NULL,
  last_contact_us     INTEGER NOT NULL,
  software_version    TEXT,
  building_name       TEXT,
  time_zone           TEXT,
  status              BLOB,                       -- last GatewayStatus, as received
  status_us           INTEGER
);

CREATE TABLE ing_epoch (
  gateway_id      INTEGER NOT NULL REFERENCES ing_gateway,
  epoch           INTEGER NOT NULL,
  created_us      INTEGER NOT NULL,
  base_sequence   INTEGER NOT NULL,
  base_chain      BLOB NOT NULL,
  acked_sequence  INTEGER NOT NULL,
  acked_chain     BLOB NOT NULL,
  PRIMARY KEY (gateway_id, epoch)
) WITHOUT ROWID;

-- The evidence: the bytes of each record as the gateway made them, compressed (raw deflate of Batch.entries).
CREATE TABLE ing_batch (
  batch_id             INTEGER PRIMARY KEY,
  gateway_id           INTEGER NOT NULL,
  epoch                INTEGER NOT NULL,
  from_sequence        INTEGER NOT NULL,
  to_sequence          INTEGER NOT NULL,
  chain_before         BLOB NOT NULL,
  chain_after          BLOB NOT NULL,
  least_slot_end_s     INTEGER,
  greatest_slot_end_s  INTEGER,
  received_us          INTEGER NOT NULL,
  records              BLOB NOT NULL
);
CREATE UNIQUE INDEX ing_batch_sequence ON ing_batch (gateway_id, epoch, from_sequence);

CREATE TABLE ing_parked (
  parked_id      INTEGER PRIMARY KEY,
  gateway_id     INTEGER NOT NULL REFERENCES ing_gateway,
  record_sha256  BLOB NOT NULL,
  epoch          INTEGER NOT NULL,
  sequence       INTEGER NOT NULL,
  reason         TEXT NOT NULL,                   -- stable code, e.g. CMH-1203
  detail         TEXT NOT NULL,
  record         BLOB,                            -- absent: the gateway's store lost the bytes
  parked_us      INTEGER NOT NULL
);
CREATE UNIQUE INDEX ing_parked_record ON ing_parked (gateway_id, record_sha256);

CREATE TABLE ing_event (
  event_id       INTEGER PRIMARY KEY,
  gateway_id     INTEGER NOT NULL REFERENCES ing_gateway,
  record_sha256  BLOB NOT NULL,
  batch_id       INTEGER NOT NULL,
  at_us          INTEGER NOT NULL,
  code           TEXT NOT NULL,
  source         TEXT NOT NULL,
  text           TEXT NOT NULL,
  data           TEXT NOT NULL                    -- JSON object of texts
);
CREATE UNIQUE INDEX ing_event_record ON ing_event (gateway_id, record_sha256);

-- What the operator is told; once per cause.
CREATE TABLE ing_note (
  note_id     INTEGER PRIMARY KEY,
  gateway_id  INTEGER NOT NULL REFERENCES ing_gateway,
  code        TEXT NOT NULL,
  subject     TEXT NOT NULL,                      -- epoch or register it is about
  text        TEXT NOT NULL,
  at_us       INTEGER NOT NULL
);
CREATE UNIQUE INDEX ing_note_cause ON ing_note (gateway_id, code, subject);

CREATE TABLE ing_directive (
  gateway_id      INTEGER NOT NULL REFERENCES ing_gateway,
  revision        INTEGER NOT NULL,
  directive_id    TEXT NOT NULL,
  valid_from_us   INTEGER NOT NULL,
  valid_until_us  INTEGER NOT NULL,
  issued_by       TEXT NOT NULL,
  kind            TEXT NOT NULL,
  content         TEXT NOT NULL,
  state           INTEGER NOT NULL DEFAULT 0,     -- DirectiveState.State as the gateway reported it
  PRIMARY KEY (gateway_id, revision)
) WITHOUT ROWID;
CREATE UNIQUE INDEX ing_directive_id ON ing_directive (gateway_id, directive_id);
