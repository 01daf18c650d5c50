-- Instants in Unix µs. held_until_us is on the database's own clock, due_us on the hub's.

CREATE TABLE web_lease (
  name           text COLLATE "C" PRIMARY KEY,
  holder         text NOT NULL,
  fence          bigint NOT NULL,                 -- +1 with each new holder
  held_until_us  bigint NOT NULL
);

CREATE TABLE web_job (
  job_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind           text COLLATE "C" NOT NULL,
  job_key        text COLLATE "C",                -- absent: the same job may wait twice
  payload        text NOT NULL,
  state          bigint NOT NULL DEFAULT 0,       -- JobState
  attempt        bigint NOT NULL DEFAULT 0,       -- the fence of whoever took it
  due_us         bigint NOT NULL,
  held_until_us  bigint NOT NULL DEFAULT 0,
  error          text
);
CREATE UNIQUE INDEX web_job_waiting ON web_job (kind, job_key) WHERE state = 0;
CREATE INDEX web_job_due ON web_job (kind, state, due_us);
