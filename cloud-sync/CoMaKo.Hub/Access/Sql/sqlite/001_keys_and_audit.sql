-- Instants in Unix µs of the hub's clock.

CREATE TABLE web_key (
  key_id         TEXT PRIMARY KEY,                -- the public part of the key
  secret_sha256  BLOB NOT NULL,                   -- the secret has 256 random bits: a plain hash cannot be turned round
  role           INTEGER NOT NULL,                -- Roles
  participant    TEXT,                            -- whose own things a member's key reaches
  name           TEXT NOT NULL,                   -- what it is for
  scopes         TEXT NOT NULL,                   -- separated by spaces; none: everything of the role
  network        TEXT,                            -- the only source addresses, as CIDR
  created_us     INTEGER NOT NULL,
  expires_us     INTEGER NOT NULL,
  revoked_us     INTEGER,
  last_used_us   INTEGER                          -- to the hour
) WITHOUT ROWID;

-- Who did what. Each row's hash covers the row before, so that a changed or missing row is seen.
CREATE TABLE web_audit (
  seq      INTEGER PRIMARY KEY,
  at_us    INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  action   TEXT NOT NULL,
  subject  TEXT NOT NULL,
  detail   TEXT NOT NULL,
  sha256   BLOB NOT NULL
);

-- The end of the chain: one row, whose lock puts writers in line.
CREATE TABLE web_audit_head (
  id      INTEGER PRIMARY KEY,
  seq     INTEGER NOT NULL,
  sha256  BLOB NOT NULL
);
