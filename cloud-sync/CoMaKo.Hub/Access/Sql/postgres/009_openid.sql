-- Accounts at OpenID Connect providers by which people sign in. Instants in Unix µs of the hub's clock.

CREATE TABLE web_openid (
  issuer      text COLLATE "C" NOT NULL,
  subject     text COLLATE "C" NOT NULL,          -- the provider's own id, which never goes to somebody else
  person_id   bigint NOT NULL REFERENCES web_person (person_id),
  created_us  bigint NOT NULL,
  used_us     bigint,
  PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX web_openid_person ON web_openid (person_id, issuer);
