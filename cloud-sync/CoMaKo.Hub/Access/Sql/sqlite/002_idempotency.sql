-- Answers to requests with an Idempotency-Key, kept for a day. Instants in Unix µs of the hub's clock.

CREATE TABLE web_idempotency (
  key_id          TEXT NOT NULL,                  -- the caller's
  name            TEXT NOT NULL,                  -- the header's value
  request_sha256  BLOB NOT NULL,
  begun_us        INTEGER NOT NULL,
  status          INTEGER,                        -- absent: still at work
  content_type    TEXT,
  location        TEXT,
  body            BLOB,
  PRIMARY KEY (key_id, name)
) WITHOUT ROWID;
CREATE INDEX web_idempotency_age ON web_idempotency (begun_us);
