-- What members say is wrong, and what the cooperative answered. Instants in Unix µs, energy in Wh.
CREATE TABLE met_dispute (
  dispute_id   INTEGER PRIMARY KEY,
  participant  TEXT NOT NULL,       -- whose
  subject      INTEGER NOT NULL,                 -- DisputeSubject
  thing        TEXT NOT NULL,       -- which day, month, reading or statement
  point        TEXT,                -- of which metering point; absent: of all
  words        TEXT NOT NULL,                   -- what the member says
  believed_wh  INTEGER,                          -- the value that it believes; absent: none was named
  state        INTEGER NOT NULL DEFAULT 1,       -- DisputeState
  author       TEXT NOT NULL,
  created_us   INTEGER NOT NULL,
  answered_by  TEXT,
  answered_us  INTEGER,
  reason       text
);
CREATE INDEX met_dispute_participant ON met_dispute (participant, dispute_id);
CREATE INDEX met_dispute_open ON met_dispute (state, dispute_id);
