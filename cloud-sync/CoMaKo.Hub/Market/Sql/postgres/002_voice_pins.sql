-- Who calls the voicebot proves it by customer number and PIN; only salt and hash are kept. Too many failures lock it until a new PIN is set.
ALTER TABLE mkt_participant
  ADD COLUMN voice_pin bytea,                     -- 16 bytes salt, 32 bytes PBKDF2-SHA-256
  ADD COLUMN voice_failures bigint NOT NULL DEFAULT 0;
