-- Answers to requests with an Idempotency-Key, kept for a day. Instants in Unix µs of the hub's clock.

CREATE TABLE web_idempotency (
  key_id          text COLLATE "C" NOT NULL,             -- the caller's
  name            text COLLATE "C" NOT NULL,             -- the header's value
  request_sha256  bytea NOT NULL,
  begun_us        bigint NOT NULL,
  status          bigint,                        -- absent: still at work
  content_type    text,
  location        text,
  body            bytea,
  PRIMARY KEY (key_id, name)
);
CREATE INDEX web_idempotency_age ON web_idempotency (begun_us);
