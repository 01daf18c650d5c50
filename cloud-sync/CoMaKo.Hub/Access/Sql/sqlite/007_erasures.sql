-- Requests of participants to erase what is kept about them. Instants in Unix µs.
CREATE TABLE web_erasure (
  participant   TEXT PRIMARY KEY,
  requested_us  INTEGER NOT NULL,
  requested_by  TEXT NOT NULL,
  done_us       INTEGER,                          -- absent: something is still needed
  notes         TEXT NOT NULL                    -- JSON: what is gone and what is kept until when
);
