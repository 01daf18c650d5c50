-- Messages to people (mail) and to their programs (webhooks): put down in the transaction that makes them necessary. Instants in Unix µs of the hub's clock.

CREATE TABLE mai_message (
  message_id  INTEGER PRIMARY KEY,
  uid         TEXT NOT NULL UNIQUE,           -- Message-ID or the event's id: the same in every repeat
  channel     INTEGER NOT NULL,               -- MessageChannel
  target      TEXT NOT NULL,                  -- mail address or URL
  reference   TEXT,                           -- on whose behalf: the id of an alert recipient
  is_watched  INTEGER NOT NULL,               -- whether somebody is to hear if it cannot be delivered
  subject     TEXT NOT NULL,
  body        TEXT NOT NULL,                  -- emptied at the end: it may hold a code
  state       INTEGER NOT NULL DEFAULT 0,     -- MessageState
  attempt     INTEGER NOT NULL DEFAULT 0,     -- how often it was tried
  queued_us   INTEGER NOT NULL,
  due_us      INTEGER NOT NULL,               -- not before
  until_us    INTEGER NOT NULL,               -- tried for the last time
  done_us     INTEGER,                        -- delivered or given up
  answer      TEXT                            -- what the other side said last
);
CREATE INDEX mai_message_due ON mai_message (due_us, message_id) WHERE state = 0;
CREATE INDEX mai_message_reference ON mai_message (reference, message_id);
