-- Calls to the voicebot. A turn's answer is kept, so that a repeat gets the same one; what was said is kept as its hash only.
CREATE TABLE met_voice_call (
  call_id         TEXT PRIMARY KEY,
  language        INTEGER NOT NULL,
  stage           INTEGER NOT NULL,                -- VoiceStage
  turn            INTEGER NOT NULL,                -- the last one
  failures        INTEGER NOT NULL,                -- of this stage
  customer        TEXT,               -- customer number, before the PIN came
  participant_id  INTEGER,                         -- who is identified
  point_id        INTEGER,
  number          TEXT,               -- waits for its confirmation
  touched_us      INTEGER NOT NULL
);

CREATE TABLE met_voice_turn (
  call_id  TEXT NOT NULL REFERENCES met_voice_call,
  turn     INTEGER NOT NULL,
  sha256   BLOB NOT NULL,                        -- of what was said
  answer   TEXT NOT NULL,
  PRIMARY KEY (call_id, turn)
);
