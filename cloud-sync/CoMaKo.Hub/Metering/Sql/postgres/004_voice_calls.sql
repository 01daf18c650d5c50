-- Calls to the voicebot. A turn's answer is kept, so that a repeat gets the same one; what was said is kept as its hash only.
CREATE TABLE met_voice_call (
  call_id         text COLLATE "C" PRIMARY KEY,
  language        bigint NOT NULL,
  stage           bigint NOT NULL,                -- VoiceStage
  turn            bigint NOT NULL,                -- the last one
  failures        bigint NOT NULL,                -- of this stage
  customer        text COLLATE "C",               -- customer number, before the PIN came
  participant_id  bigint,                         -- who is identified
  point_id        bigint,
  number          text COLLATE "C",               -- waits for its confirmation
  touched_us      bigint NOT NULL
);

CREATE TABLE met_voice_turn (
  call_id  text COLLATE "C" NOT NULL REFERENCES met_voice_call,
  turn     bigint NOT NULL,
  sha256   bytea NOT NULL,                        -- of what was said
  answer   text NOT NULL,
  PRIMARY KEY (call_id, turn)
);
