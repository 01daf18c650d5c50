-- Passkeys of people (WebAuthn). Instants in Unix µs of the hub's clock.

CREATE TABLE web_passkey (
  credential_id       BLOB PRIMARY KEY,           -- chosen by the authenticator
  person_id           INTEGER NOT NULL REFERENCES web_person (person_id),
  name                TEXT NOT NULL,              -- as its owner calls it
  public_key          BLOB NOT NULL,              -- COSE
  sign_count          INTEGER NOT NULL,           -- 0 for ever with passkeys that are kept on several devices
  is_backup_eligible  INTEGER NOT NULL,
  is_backed_up        INTEGER NOT NULL,
  created_us          INTEGER NOT NULL,
  used_us             INTEGER
) WITHOUT ROWID;
CREATE INDEX web_passkey_person ON web_passkey (person_id);

-- What an authenticator is asked to sign; gone with the first answer.
CREATE TABLE web_passkey_challenge (
  challenge_id  TEXT PRIMARY KEY,
  person_id     INTEGER NOT NULL,                 -- for whom a passkey is made; 0: somebody signs in
  state         TEXT NOT NULL,                    -- the handler's own
  expires_us    INTEGER NOT NULL
) WITHOUT ROWID;
