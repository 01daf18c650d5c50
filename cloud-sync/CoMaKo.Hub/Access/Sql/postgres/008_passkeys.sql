-- Passkeys of people (WebAuthn). Instants in Unix µs of the hub's clock.

CREATE TABLE web_passkey (
  credential_id       bytea PRIMARY KEY,           -- chosen by the authenticator
  person_id           bigint NOT NULL REFERENCES web_person (person_id),
  name                text NOT NULL,              -- as its owner calls it
  public_key          bytea NOT NULL,              -- COSE
  sign_count          bigint NOT NULL,           -- 0 for ever with passkeys that are kept on several devices
  is_backup_eligible  bigint NOT NULL,
  is_backed_up        bigint NOT NULL,
  created_us          bigint NOT NULL,
  used_us             bigint
);
CREATE INDEX web_passkey_person ON web_passkey (person_id);

-- What an authenticator is asked to sign; gone with the first answer.
CREATE TABLE web_passkey_challenge (
  challenge_id  text COLLATE "C" PRIMARY KEY,
  person_id     bigint NOT NULL,                 -- for whom a passkey is made; 0: somebody signs in
  state         text NOT NULL,                    -- the handler's own
  expires_us    bigint NOT NULL
);
