-- What a series has in a month, so that questions about all points of a group read no days. A month without versions says nothing.
CREATE TABLE met_series_month (
  month      bigint NOT NULL,                     -- year × 12 + month − 1
  series_id  bigint NOT NULL,
  billable   bigint NOT NULL,                     -- slots that may be billed: sum over the newest versions of its days
  versions   bigint NOT NULL,                     -- of all its days: grows with every change
  PRIMARY KEY (month, series_id)
) WITH (fillfactor = 50);

CREATE FUNCTION met_month_of(day bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (extract(year FROM date '1970-01-01' + day::integer) * 12 + extract(month FROM date '1970-01-01' + day::integer) - 1)::bigint
$$;

INSERT INTO met_series_month (month, series_id, billable, versions)
  SELECT met_month_of(day), series_id, sum(billable), sum(versions)
  FROM (SELECT DISTINCT ON (day, series_id) day, series_id, billable, count(*) OVER (PARTITION BY day, series_id) AS versions FROM met_effective_day ORDER BY day, series_id, version DESC) AS newest GROUP BY 1, 2;

-- A version counts instead of the one before it.
CREATE FUNCTION met_day_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO met_series_month AS m (month, series_id, billable, versions)
    SELECT met_month_of(a.day), a.series_id, sum(a.billable - coalesce((
      SELECT o.billable FROM met_effective_day o WHERE o.day = a.day AND o.series_id = a.series_id AND o.version < a.version ORDER BY o.version DESC LIMIT 1), 0)), count(*)
    FROM added a GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (month, series_id) DO UPDATE SET billable = m.billable + excluded.billable, versions = m.versions + excluded.versions;
  RETURN NULL;
END $$;
CREATE TRIGGER met_day_added AFTER INSERT ON met_effective_day REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION met_day_added();

-- Days are erased with all their versions.
CREATE FUNCTION met_day_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE met_series_month m SET billable = m.billable - g.billable, versions = m.versions - g.versions
    FROM (
      SELECT met_month_of(day) AS month, series_id, sum(billable) AS billable, sum(versions) AS versions
      FROM (SELECT DISTINCT ON (day, series_id) day, series_id, billable, count(*) OVER (PARTITION BY day, series_id) AS versions FROM gone ORDER BY day, series_id, version DESC) AS newest GROUP BY 1, 2) AS g
    WHERE m.month = g.month AND m.series_id = g.series_id;
  RETURN NULL;
END $$;
CREATE TRIGGER met_day_erased AFTER DELETE ON met_effective_day REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION met_day_erased();
