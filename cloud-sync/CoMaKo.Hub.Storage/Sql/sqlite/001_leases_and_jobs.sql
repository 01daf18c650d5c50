-- Instants in Unix µs. held_until_us is on the database's own clock, due_us on the hub's.

CREATE TABLE web_lease (
  name           TEXT PRIMARY KEY,
  holder         TEXT NOT NULL,
  fence          INTEGER NOT NULL,                -- +1 with each new holder
  held_until_us  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE web_job (
  job_id         INTEGER PRIMARY KEY,
  kind           TEXT NOT NULL,
  job_key        TEXT,                            -- absent: the same job may wait twice
  payload        TEXT NOT NULL,
  state          INTEGER NOT NULL DEFAULT 0,      -- JobState
  attempt        INTEGER NOT NULL DEFAULT 0,      -- the fence of whoever took it
  due_us         INTEGER NOT NULL,
  held_until_us  INTEGER NOT NULL DEFAULT 0,
  error          TEXT
);
CREATE UNIQUE INDEX web_job_waiting ON web_job (kind, job_key) WHERE state = 0;
CREATE INDEX web_job_due ON web_job (kind, state, due_us);
