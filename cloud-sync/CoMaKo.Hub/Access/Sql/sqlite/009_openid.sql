-- Accounts at OpenID Connect providers by which people sign in. Instants in Unix µs of the hub's clock.

CREATE TABLE web_openid (
  issuer      TEXT NOT NULL,
  subject     TEXT NOT NULL,                      -- the provider's own id, which never goes to somebody else
  person_id   INTEGER NOT NULL REFERENCES web_person (person_id),
  created_us  INTEGER NOT NULL,
  used_us     INTEGER,
  PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE UNIQUE INDEX web_openid_person ON web_openid (person_id, issuer);
