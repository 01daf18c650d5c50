-- Energy in Wh, prices in 1/10 000 ct per kWh, money in cents, events in Unix µs, days since 1970-01-01 as Berlin dates, months as year × 12 + month − 1.
-- Groups and points are named by their text, so that a published run stays readable whatever becomes of the master data.

CREATE TABLE mkt_run (
  run_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  balance_group  text COLLATE "C" NOT NULL,
  month          bigint NOT NULL,
  sequence       bigint NOT NULL,               -- 0 the provisional run, 1 the final one, from 2 on deltas
  kind           bigint NOT NULL,               -- RunKind
  base_run_id    bigint REFERENCES mkt_run,     -- of a delta: the run published before it
  input_hash     text COLLATE "C" NOT NULL,
  result_hash    text COLLATE "C" NOT NULL,
  fence          bigint NOT NULL,               -- of the lease under which it was written
  expected_slots bigint NOT NULL,
  open_slots     bigint NOT NULL,
  price          bigint,                        -- the internal price; absent if several hold in the month
  created_us     bigint NOT NULL,
  due_us         bigint,                        -- of a delta: the month close with which it is published
  published_us   bigint,                        -- absent: replaced as a whole when its inputs change
  detail         text COLLATE "C" NOT NULL,     -- JSON: open slots, findings, balancing
  UNIQUE (balance_group, month, sequence)
);

-- Which version of which effective day counted; days in a row with the same version are one row.
CREATE TABLE mkt_run_input (
  run_id     bigint NOT NULL REFERENCES mkt_run,
  series_id  bigint NOT NULL,
  from_day   bigint NOT NULL,
  to_day     bigint NOT NULL,                   -- exclusive
  version    bigint NOT NULL,
  PRIMARY KEY (run_id, series_id, from_day)
);

CREATE TABLE mkt_run_point (
  run_id              bigint NOT NULL REFERENCES mkt_run,
  point               text COLLATE "C" NOT NULL,
  directions          bigint NOT NULL,          -- 1 consumption, 2 generation, 3 both
  consumption_slots   bigint NOT NULL,          -- slots with a value; 0: there is no sum
  generation_slots    bigint NOT NULL,
  substituted_wh      bigint NOT NULL,
  PRIMARY KEY (run_id, point)
);

CREATE TABLE mkt_run_day (
  run_id     bigint NOT NULL REFERENCES mkt_run,
  day        bigint NOT NULL,
  used       bigint NOT NULL,
  generated  bigint NOT NULL,
  allocated  bigint NOT NULL,
  credited   bigint NOT NULL,
  grid       bigint NOT NULL,
  surplus    bigint NOT NULL,
  point      text COLLATE "C" NOT NULL,
  PRIMARY KEY (run_id, point, day)
);

CREATE TABLE mkt_line (
  run_id    bigint NOT NULL REFERENCES mkt_run,
  line      bigint NOT NULL,                    -- from 1, by kind, point and begin
  kind      bigint NOT NULL,                    -- LineKind
  from_day  bigint NOT NULL,
  to_day    bigint NOT NULL,                    -- exclusive
  wh        bigint NOT NULL,
  price     bigint NOT NULL,
  cents     bigint NOT NULL,                    -- above zero: owed to the cooperative
  point     text COLLATE "C" NOT NULL,          -- of tax lines: the person
  PRIMARY KEY (run_id, line)
);

-- A published run is never changed, by whatever program.
CREATE FUNCTION mkt_run_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM gone WHERE published_us IS NOT NULL) THEN RAISE EXCEPTION 'CMH-2301. A published settlement run is never changed.'; END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION mkt_rows_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM mkt_run WHERE published_us IS NOT NULL AND run_id IN (SELECT run_id FROM gone)) THEN RAISE EXCEPTION 'CMH-2301. A published settlement run is never changed.'; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER mkt_run_updated AFTER UPDATE ON mkt_run REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_run_is_kept();
CREATE TRIGGER mkt_run_deleted AFTER DELETE ON mkt_run REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_run_is_kept();
CREATE TRIGGER mkt_line_updated AFTER UPDATE ON mkt_line REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();
CREATE TRIGGER mkt_line_deleted AFTER DELETE ON mkt_line REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();
CREATE TRIGGER mkt_run_day_updated AFTER UPDATE ON mkt_run_day REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();
CREATE TRIGGER mkt_run_day_deleted AFTER DELETE ON mkt_run_day REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();

-- What is known about a group's month beside its runs.
CREATE TABLE mkt_month (
  balance_group  text COLLATE "C" NOT NULL,
  month          bigint NOT NULL,
  seen           text COLLATE "C",              -- the state of its inputs when it was last settled: equal means nothing to do
  confirmed_us   bigint,                        -- an operator took its open slots as they are
  confirmed_by   text COLLATE "C",
  reason         text COLLATE "C",
  PRIMARY KEY (balance_group, month)
);

-- The last night whose work was done, and how the group shares balancing cost.
CREATE TABLE mkt_agent (
  balance_group  text COLLATE "C" PRIMARY KEY,
  night          bigint,                        -- day
  cost_share     bigint                         -- CostShare; absent: the cost is shown and not charged
);

-- What was expected of a series before the day began; insert-only, the newest counts.
CREATE TABLE mkt_forecast_day (
  point      text COLLATE "C" NOT NULL,
  direction  bigint NOT NULL,                   -- 1 consumption, 2 generation
  day        bigint NOT NULL,
  model      text COLLATE "C" NOT NULL,
  issued_us  bigint NOT NULL,
  wh         bytea NOT NULL,                    -- 92, 96 or 100 × Int32 big-endian
  PRIMARY KEY (point, direction, day, model, issued_us)
);
CREATE INDEX mkt_forecast_day_day ON mkt_forecast_day (day);

CREATE TABLE mkt_price_file (
  file_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256      text COLLATE "C" NOT NULL UNIQUE,
  author      text COLLATE "C" NOT NULL,
  created_us  bigint NOT NULL
);

-- Prices per quarter hour; a later version replaces an earlier one and never overwrites it.
CREATE TABLE mkt_price (
  kind     bigint NOT NULL,                     -- 1 reBAP
  slot     bigint NOT NULL,                     -- begin, Unix s
  version  bigint NOT NULL,
  price    bigint NOT NULL,                     -- may be below zero
  file_id  bigint NOT NULL REFERENCES mkt_price_file,
  PRIMARY KEY (kind, slot, version)
);
