-- Requests of participants to erase what is kept about them. Instants in Unix µs.
CREATE TABLE web_erasure (
  participant   text COLLATE "C" PRIMARY KEY,
  requested_us  bigint NOT NULL,
  requested_by  text NOT NULL,
  done_us       bigint,                          -- absent: something is still needed
  notes         text NOT NULL                    -- JSON: what is gone and what is kept until when
);
