-- What members say is wrong, and what the cooperative answered. Instants in Unix µs, energy in Wh.
CREATE TABLE met_dispute (
  dispute_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  participant  text COLLATE "C" NOT NULL,       -- whose
  subject      bigint NOT NULL,                 -- DisputeSubject
  thing        text COLLATE "C" NOT NULL,       -- which day, month, reading or statement
  point        text COLLATE "C",                -- of which metering point; absent: of all
  words        text NOT NULL,                   -- what the member says
  believed_wh  bigint,                          -- the value that it believes; absent: none was named
  state        bigint NOT NULL DEFAULT 1,       -- DisputeState
  author       text COLLATE "C" NOT NULL,
  created_us   bigint NOT NULL,
  answered_by  text COLLATE "C",
  answered_us  bigint,
  reason       text
);
CREATE INDEX met_dispute_participant ON met_dispute (participant, dispute_id);
CREATE INDEX met_dispute_open ON met_dispute (state, dispute_id);
