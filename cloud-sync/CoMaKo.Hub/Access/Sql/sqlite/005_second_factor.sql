-- The second factor of people: codes of an authenticator app (RFC 6238) and codes for when it is lost.

ALTER TABLE web_person ADD COLUMN totp BLOB;           -- the secret, protected by the keys in the data folder; absent: none set up
ALTER TABLE web_person ADD COLUMN totp_step INTEGER;   -- the last step whose code was used; it and those before are worth nothing

CREATE TABLE web_recovery (
  person_id    INTEGER NOT NULL REFERENCES web_person (person_id),
  code_hash    BLOB NOT NULL,                     -- OneTimeCode.Hash; a used one is gone
  PRIMARY KEY (person_id, code_hash)
) WITHOUT ROWID;
