-- Whose a line is, as it was when the run was made: points may go to others later.
ALTER TABLE mkt_run_point ADD COLUMN person text COLLATE "C";
ALTER TABLE mkt_line ADD COLUMN person text COLLATE "C";
CREATE INDEX mkt_line_person ON mkt_line (run_id, person);

-- The terms that a run was made from (comako.basis.1, raw deflate): master data may be corrected later, and a statement is checked against what held.
CREATE TABLE mkt_run_basis (
  run_id  bigint PRIMARY KEY REFERENCES mkt_run,
  terms   bytea NOT NULL
);

-- A published run's share of one participant. Made with the run, never changed.
CREATE TABLE mkt_statement (
  statement_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number        text COLLATE "C" NOT NULL UNIQUE, -- month, sequence, group, place of the participant in the run
  run_id        bigint NOT NULL REFERENCES mkt_run,
  participant   text COLLATE "C" NOT NULL,
  title         text COLLATE "C",                 -- how it addresses the participant; absent: the id
  cents         bigint NOT NULL,                  -- sum of its lines, above zero: owed to the cooperative
  made_us       bigint NOT NULL,
  UNIQUE (run_id, participant)
);
CREATE INDEX mkt_statement_participant ON mkt_statement (participant, statement_id);
CREATE FUNCTION mkt_statement_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'CMH-2350. A statement is never changed.';
END $$;
CREATE TRIGGER mkt_statement_kept BEFORE UPDATE OR DELETE ON mkt_statement FOR EACH ROW EXECUTE FUNCTION mkt_statement_is_kept();

-- What became of a statement's amount; insert-only, the newest row holds. The hub moves no money.
CREATE TABLE mkt_payment (
  statement_id  bigint NOT NULL REFERENCES mkt_statement,
  seq           bigint NOT NULL,
  state         bigint NOT NULL,                  -- PaymentState
  day           bigint NOT NULL,                  -- on which it happened
  cents         bigint NOT NULL,                  -- paid with this row, as the statement's amount is signed; 0: none
  due_day       bigint,                           -- until when it is to be paid; absent: no day was named
  author        text COLLATE "C" NOT NULL,
  reason        text COLLATE "C",
  created_us    bigint NOT NULL,
  PRIMARY KEY (statement_id, seq)
);
