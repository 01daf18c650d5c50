-- People who sign in. Instants in Unix µs of the hub's clock.

CREATE TABLE web_person (
  person_id    INTEGER PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,              -- for sign-in, in small letters
  role         INTEGER NOT NULL,                  -- Roles: viewer, member or operator
  participant  TEXT,                              -- whose own things a member reaches
  language     TEXT,                              -- of pages and letters; absent: the browser's
  email        TEXT,
  password     TEXT,                              -- kind$rounds$salt$hash; absent: not chosen yet
  created_us   INTEGER NOT NULL,
  locked_us    INTEGER                            -- since when nobody gets in under this name
);

-- One-time codes of invitations that are open; at most one for each person.
CREATE TABLE web_invitation (
  person_id    INTEGER PRIMARY KEY REFERENCES web_person (person_id),
  code_hash    BLOB NOT NULL UNIQUE,              -- OneTimeCode.Hash
  created_us   INTEGER NOT NULL,
  expires_us   INTEGER NOT NULL
);

CREATE TABLE web_session (
  session_id   TEXT PRIMARY KEY,                  -- hash of the cookie, which has 256 random bits
  person_id    INTEGER NOT NULL REFERENCES web_person (person_id),
  stage        INTEGER NOT NULL,                  -- SessionStage
  created_us   INTEGER NOT NULL,
  used_us      INTEGER NOT NULL,                  -- to the minute
  fresh_us     INTEGER NOT NULL,                  -- when the person last proved who they are
  ends_us      INTEGER NOT NULL,                  -- the end that no use puts off
  address      TEXT NOT NULL,
  browser      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX web_session_person ON web_session (person_id);
CREATE INDEX web_session_end ON web_session (ends_us);
