-- Energy in Wh, prices in 1/10 000 ct per kWh, money in cents, events in Unix µs, days since 1970-01-01 as Berlin dates, months as year × 12 + month − 1.
-- Groups and points are named by their text, so that a published run stays readable whatever becomes of the master data.

CREATE TABLE mkt_run (
  run_id         INTEGER PRIMARY KEY,
  balance_group  TEXT NOT NULL,
  month          INTEGER NOT NULL,
  sequence       INTEGER NOT NULL,               -- 0 the provisional run, 1 the final one, from 2 on deltas
  kind           INTEGER NOT NULL,               -- RunKind
  base_run_id    INTEGER REFERENCES mkt_run,     -- of a delta: the run published before it
  input_hash     TEXT NOT NULL,
  result_hash    TEXT NOT NULL,
  fence          INTEGER NOT NULL,               -- of the lease under which it was written
  expected_slots INTEGER NOT NULL,
  open_slots     INTEGER NOT NULL,
  price          INTEGER,                        -- the internal price; absent if several hold in the month
  created_us     INTEGER NOT NULL,
  due_us         INTEGER,                        -- of a delta: the month close with which it is published
  published_us   INTEGER,                        -- absent: replaced as a whole when its inputs change
  detail         TEXT NOT NULL,     -- JSON: open slots, findings, balancing
  UNIQUE (balance_group, month, sequence)
);

-- Which version of which effective day counted; days in a row with the same version are one row.
CREATE TABLE mkt_run_input (
  run_id     INTEGER NOT NULL REFERENCES mkt_run,
  series_id  INTEGER NOT NULL,
  from_day   INTEGER NOT NULL,
  to_day     INTEGER NOT NULL,                   -- exclusive
  version    INTEGER NOT NULL,
  PRIMARY KEY (run_id, series_id, from_day)
) WITHOUT ROWID;

CREATE TABLE mkt_run_point (
  run_id              INTEGER NOT NULL REFERENCES mkt_run,
  point               TEXT NOT NULL,
  directions          INTEGER NOT NULL,          -- 1 consumption, 2 generation, 3 both
  consumption_slots   INTEGER NOT NULL,          -- slots with a value; 0: there is no sum
  generation_slots    INTEGER NOT NULL,
  substituted_wh      INTEGER NOT NULL,
  PRIMARY KEY (run_id, point)
) WITHOUT ROWID;

CREATE TABLE mkt_run_day (
  run_id     INTEGER NOT NULL REFERENCES mkt_run,
  day        INTEGER NOT NULL,
  used       INTEGER NOT NULL,
  generated  INTEGER NOT NULL,
  allocated  INTEGER NOT NULL,
  credited   INTEGER NOT NULL,
  grid       INTEGER NOT NULL,
  surplus    INTEGER NOT NULL,
  point      TEXT NOT NULL,
  PRIMARY KEY (run_id, point, day)
) WITHOUT ROWID;

CREATE TABLE mkt_line (
  run_id    INTEGER NOT NULL REFERENCES mkt_run,
  line      INTEGER NOT NULL,                    -- from 1, by kind, point and begin
  kind      INTEGER NOT NULL,                    -- LineKind
  from_day  INTEGER NOT NULL,
  to_day    INTEGER NOT NULL,                    -- exclusive
  wh        INTEGER NOT NULL,
  price     INTEGER NOT NULL,
  cents     INTEGER NOT NULL,                    -- above zero: owed to the cooperative
  point     TEXT NOT NULL,          -- of tax lines: the person
  PRIMARY KEY (run_id, line)
) WITHOUT ROWID;

-- A published run is never changed, by whatever program.
CREATE TRIGGER mkt_run_updated BEFORE UPDATE ON mkt_run WHEN old.published_us IS NOT NULL BEGIN SELECT RAISE(ABORT, 'CMH-2301. A published settlement run is never changed.'); END;
CREATE TRIGGER mkt_run_deleted BEFORE DELETE ON mkt_run WHEN old.published_us IS NOT NULL BEGIN SELECT RAISE(ABORT, 'CMH-2301. A published settlement run is never changed.'); END;
CREATE TRIGGER mkt_line_updated BEFORE UPDATE ON mkt_line WHEN (SELECT published_us FROM mkt_run WHERE run_id = old.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'CMH-2301. A published settlement run is never changed.'); END;
CREATE TRIGGER mkt_line_deleted BEFORE DELETE ON mkt_line WHEN (SELECT published_us FROM mkt_run WHERE run_id = old.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'CMH-2301. A published settlement run is never changed.'); END;
CREATE TRIGGER mkt_run_day_updated BEFORE UPDATE ON mkt_run_day WHEN (SELECT published_us FROM mkt_run WHERE run_id = old.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'CMH-2301. A published settlement run is never changed.'); END;
CREATE TRIGGER mkt_run_day_deleted BEFORE DELETE ON mkt_run_day WHEN (SELECT published_us FROM mkt_run WHERE run_id = old.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'CMH-2301. A published settlement run is never changed.'); END;

-- What is known about a group's month beside its runs.
CREATE TABLE mkt_month (
  balance_group  TEXT NOT NULL,
  month          INTEGER NOT NULL,
  seen           TEXT,              -- the state of its inputs when it was last settled: equal means nothing to do
  confirmed_us   INTEGER,                        -- an operator took its open slots as they are
  confirmed_by   TEXT,
  reason         TEXT,
  PRIMARY KEY (balance_group, month)
) WITHOUT ROWID;

-- The last night whose work was done, and how the group shares balancing cost.
CREATE TABLE mkt_agent (
  balance_group  TEXT PRIMARY KEY,
  night          INTEGER,                        -- day
  cost_share     INTEGER                         -- CostShare; absent: the cost is shown and not charged
) WITHOUT ROWID;

-- What was expected of a series before the day began; insert-only, the newest counts.
CREATE TABLE mkt_forecast_day (
  point      TEXT NOT NULL,
  direction  INTEGER NOT NULL,                   -- 1 consumption, 2 generation
  day        INTEGER NOT NULL,
  model      TEXT NOT NULL,
  issued_us  INTEGER NOT NULL,
  wh         BLOB NOT NULL,                    -- 92, 96 or 100 × Int32 big-endian
  PRIMARY KEY (point, direction, day, model, issued_us)
) WITHOUT ROWID;
CREATE INDEX mkt_forecast_day_day ON mkt_forecast_day (day);

CREATE TABLE mkt_price_file (
  file_id     INTEGER PRIMARY KEY,
  sha256      TEXT NOT NULL UNIQUE,
  author      TEXT NOT NULL,
  created_us  INTEGER NOT NULL
);

-- Prices per quarter hour; a later version replaces an earlier one and never overwrites it.
CREATE TABLE mkt_price (
  kind     INTEGER NOT NULL,                     -- 1 reBAP
  slot     INTEGER NOT NULL,                     -- begin, Unix s
  version  INTEGER NOT NULL,
  price    INTEGER NOT NULL,                     -- may be below zero
  file_id  INTEGER NOT NULL REFERENCES mkt_price_file,
  PRIMARY KEY (kind, slot, version)
) WITHOUT ROWID;
