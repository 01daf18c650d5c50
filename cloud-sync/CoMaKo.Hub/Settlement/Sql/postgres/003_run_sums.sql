-- A run's group as a whole by day, so that reports and charts of large groups need not add up all points. Wh.
CREATE TABLE mkt_run_sum (
  run_id     bigint NOT NULL REFERENCES mkt_run,
  day        bigint NOT NULL,
  used       bigint NOT NULL,
  generated  bigint NOT NULL,
  allocated  bigint NOT NULL,
  credited   bigint NOT NULL,
  grid       bigint NOT NULL,
  surplus    bigint NOT NULL,
  slots      bytea,                               -- per slot 3 x Int64 big-endian: allocated, beyond it, not shared; -1 throughout: not settled
  PRIMARY KEY (run_id, day)
);
INSERT INTO mkt_run_sum (run_id, day, used, generated, allocated, credited, grid, surplus)
  SELECT run_id, day, sum(used), sum(generated), sum(allocated), sum(credited), sum(grid), sum(surplus) FROM mkt_run_day GROUP BY run_id, day;
CREATE TRIGGER mkt_run_sum_updated AFTER UPDATE ON mkt_run_sum REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();
CREATE TRIGGER mkt_run_sum_deleted AFTER DELETE ON mkt_run_sum REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mkt_rows_are_kept();
