-- People who sign in. Instants in Unix µs of the hub's clock.

CREATE TABLE web_person (
  person_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text COLLATE "C" NOT NULL UNIQUE,              -- for sign-in, in small letters
  role         bigint NOT NULL,                  -- Roles: viewer, member or operator
  participant  text,                              -- whose own things a member reaches
  language     text,                              -- of pages and letters; absent: the browser's
  email        text,
  password     text,                              -- kind$rounds$salt$hash; absent: not chosen yet
  created_us   bigint NOT NULL,
  locked_us    bigint                            -- since when nobody gets in under this name
);

-- One-time codes of invitations that are open; at most one for each person.
CREATE TABLE web_invitation (
  person_id    bigint PRIMARY KEY REFERENCES web_person (person_id),
  code_hash    bytea NOT NULL UNIQUE,              -- OneTimeCode.Hash
  created_us   bigint NOT NULL,
  expires_us   bigint NOT NULL
);

CREATE TABLE web_session (
  session_id   text COLLATE "C" PRIMARY KEY,                  -- hash of the cookie, which has 256 random bits
  person_id    bigint NOT NULL REFERENCES web_person (person_id),
  stage        bigint NOT NULL,                  -- SessionStage
  created_us   bigint NOT NULL,
  used_us      bigint NOT NULL,                  -- to the minute
  fresh_us     bigint NOT NULL,                  -- when the person last proved who they are
  ends_us      bigint NOT NULL,                  -- the end that no use puts off
  address      text NOT NULL,
  browser      text NOT NULL
);
CREATE INDEX web_session_person ON web_session (person_id);
CREATE INDEX web_session_end ON web_session (ends_us);
