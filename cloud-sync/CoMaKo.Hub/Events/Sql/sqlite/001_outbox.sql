-- Events that wait for the broker, written in the transaction that makes them happen.

CREATE TABLE web_event (
  event_id  INTEGER PRIMARY KEY AUTOINCREMENT,
  uid       TEXT NOT NULL,                        -- the event's id for its readers, who tell repeats by it
  type      TEXT NOT NULL,                        -- e.g. intervals.received
  subject   TEXT NOT NULL,
  at_us     INTEGER NOT NULL,                     -- Unix µs of the hub's clock
  data      TEXT NOT NULL                         -- JSON
);
