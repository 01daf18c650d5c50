-- Events that wait for the broker, written in the transaction that makes them happen.

CREATE TABLE web_event (
  event_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid       text NOT NULL,                        -- the event's id for its readers, who tell repeats by it
  type      text COLLATE "C" NOT NULL,            -- e.g. intervals.received
  subject   text NOT NULL,
  at_us     bigint NOT NULL,                      -- Unix µs of the hub's clock
  data      text NOT NULL                         -- JSON
);
