-- Instants in Unix µs of the hub's clock.

CREATE TABLE web_key (
  key_id         text COLLATE "C" PRIMARY KEY,             -- the public part of the key
  secret_sha256  bytea NOT NULL,                   -- the secret has 256 random bits: a plain hash cannot be turned round
  role           bigint NOT NULL,                -- Roles
  participant    text,                            -- whose own things a member's key reaches
  name           text NOT NULL,                   -- what it is for
  scopes         text NOT NULL,                   -- separated by spaces; none: everything of the role
  network        text,                            -- the only source addresses, as CIDR
  created_us     bigint NOT NULL,
  expires_us     bigint NOT NULL,
  revoked_us     bigint,
  last_used_us   bigint                          -- to the hour
);

-- Who did what. Each row's hash covers the row before, so that a changed or missing row is seen.
CREATE TABLE web_audit (
  seq      bigint PRIMARY KEY,
  at_us    bigint NOT NULL,
  actor    text NOT NULL,
  action   text NOT NULL,
  subject  text NOT NULL,
  detail   text NOT NULL,
  sha256   bytea NOT NULL
);

-- The end of the chain: one row, whose lock puts writers in line.
CREATE TABLE web_audit_head (
  id      bigint PRIMARY KEY,
  seq     bigint NOT NULL,
  sha256  bytea NOT NULL
);
