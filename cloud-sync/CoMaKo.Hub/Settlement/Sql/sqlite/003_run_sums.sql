-- A run's group as a whole by day, so that reports and charts of large groups need not add up all points. Wh.
CREATE TABLE mkt_run_sum (
  run_id     INTEGER NOT NULL REFERENCES mkt_run,
  day        INTEGER NOT NULL,
  used       INTEGER NOT NULL,
  generated  INTEGER NOT NULL,
  allocated  INTEGER NOT NULL,
  credited   INTEGER NOT NULL,
  grid       INTEGER NOT NULL,
  surplus    INTEGER NOT NULL,
  slots      BLOB,                               -- per slot 3 x Int64 big-endian: allocated, beyond it, not shared; -1 throughout: not settled
  PRIMARY KEY (run_id, day)
) WITHOUT ROWID;
INSERT INTO mkt_run_sum (run_id, day, used, generated, allocated, credited, grid, surplus)
  SELECT run_id, day, sum(used), sum(generated), sum(allocated), sum(credited), sum(grid), sum(surplus) FROM mkt_run_day GROUP BY run_id, day;
CREATE TRIGGER mkt_run_sum_updated BEFORE UPDATE ON mkt_run_sum WHEN (SELECT published_us FROM mkt_run WHERE run_id = old.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'CMH-2301. A published settlement run is never changed.'); END;
CREATE TRIGGER mkt_run_sum_deleted BEFORE DELETE ON mkt_run_sum WHEN (SELECT published_us FROM mkt_run WHERE run_id = old.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'CMH-2301. A published settlement run is never changed.'); END;
