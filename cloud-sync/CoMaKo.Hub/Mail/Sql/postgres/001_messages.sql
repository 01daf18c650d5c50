-- Messages to people (mail) and to their programs (webhooks): put down in the transaction that makes them necessary. Instants in Unix µs of the hub's clock.

CREATE TABLE mai_message (
  message_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         text COLLATE "C" NOT NULL UNIQUE,           -- Message-ID or the event's id: the same in every repeat
  channel     bigint NOT NULL,               -- MessageChannel
  target      text NOT NULL,                  -- mail address or URL
  reference   text COLLATE "C",                         -- on whose behalf: the id of an alert recipient
  is_watched  bigint NOT NULL,               -- whether somebody is to hear if it cannot be delivered
  subject     text NOT NULL,
  body        text NOT NULL,                  -- emptied at the end: it may hold a code
  state       bigint NOT NULL DEFAULT 0,     -- MessageState
  attempt     bigint NOT NULL DEFAULT 0,     -- how often it was tried
  queued_us   bigint NOT NULL,
  due_us      bigint NOT NULL,               -- not before
  until_us    bigint NOT NULL,               -- tried for the last time
  done_us     bigint,                        -- delivered or given up
  answer      text                            -- what the other side said last
);
CREATE INDEX mai_message_due ON mai_message (due_us, message_id) WHERE state = 0;
CREATE INDEX mai_message_reference ON mai_message (reference, message_id);
