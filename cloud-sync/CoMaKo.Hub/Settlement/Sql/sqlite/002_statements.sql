-- Whose a line is, as it was when the run was made: points may go to others later.
ALTER TABLE mkt_run_point ADD COLUMN person TEXT;
ALTER TABLE mkt_line ADD COLUMN person TEXT;
CREATE INDEX mkt_line_person ON mkt_line (run_id, person);

-- The terms that a run was made from (comako.basis.1, raw deflate): master data may be corrected later, and a statement is checked against what held.
CREATE TABLE mkt_run_basis (
  run_id  INTEGER PRIMARY KEY REFERENCES mkt_run,
  terms   BLOB NOT NULL
);

-- A published run's share of one participant. Made with the run, never changed.
CREATE TABLE mkt_statement (
  statement_id  INTEGER PRIMARY KEY,
  number        TEXT NOT NULL UNIQUE,            -- month, sequence, group, place of the participant in the run
  run_id        INTEGER NOT NULL REFERENCES mkt_run,
  participant   TEXT NOT NULL,
  title         TEXT,                            -- how it addresses the participant; absent: the id
  cents         INTEGER NOT NULL,                -- sum of its lines, above zero: owed to the cooperative
  made_us       INTEGER NOT NULL,
  UNIQUE (run_id, participant)
);
CREATE INDEX mkt_statement_participant ON mkt_statement (participant, statement_id);
CREATE TRIGGER mkt_statement_updated BEFORE UPDATE ON mkt_statement BEGIN SELECT RAISE(ABORT, 'CMH-2350. A statement is never changed.'); END;
CREATE TRIGGER mkt_statement_deleted BEFORE DELETE ON mkt_statement BEGIN SELECT RAISE(ABORT, 'CMH-2350. A statement is never changed.'); END;

-- What became of a statement's amount; insert-only, the newest row holds. The hub moves no money.
CREATE TABLE mkt_payment (
  statement_id  INTEGER NOT NULL REFERENCES mkt_statement,
  seq           INTEGER NOT NULL,
  state         INTEGER NOT NULL,                -- PaymentState
  day           INTEGER NOT NULL,                -- on which it happened
  cents         INTEGER NOT NULL,                -- paid with this row, as the statement's amount is signed; 0: none
  due_day       INTEGER,                         -- until when it is to be paid; absent: no day was named
  author        TEXT NOT NULL,
  reason        TEXT,
  created_us    INTEGER NOT NULL,
  PRIMARY KEY (statement_id, seq)
) WITHOUT ROWID;
