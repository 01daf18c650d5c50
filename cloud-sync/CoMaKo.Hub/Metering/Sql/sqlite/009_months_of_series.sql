-- What a series has in a month, so that questions about all points of a group read no days. A month without versions says nothing.
CREATE TABLE met_series_month (
  month      INTEGER NOT NULL,                    -- year × 12 + month − 1
  series_id  INTEGER NOT NULL,
  billable   INTEGER NOT NULL,                    -- slots that may be billed: sum over the newest versions of its days
  versions   INTEGER NOT NULL,                    -- of all its days: grows with every change
  PRIMARY KEY (month, series_id)
) WITHOUT ROWID;

INSERT INTO met_series_month (month, series_id, billable, versions)
  SELECT CAST(strftime('%Y', e.day * 86400, 'unixepoch') AS INTEGER) * 12 + CAST(strftime('%m', e.day * 86400, 'unixepoch') AS INTEGER) - 1, e.series_id,
    sum(CASE WHEN e.version = (SELECT max(n.version) FROM met_effective_day n WHERE n.day = e.day AND n.series_id = e.series_id) THEN e.billable ELSE 0 END), count(*)
  FROM met_effective_day e GROUP BY 1, 2;

-- A version counts instead of the one before it.
CREATE TRIGGER met_day_added AFTER INSERT ON met_effective_day BEGIN
  INSERT INTO met_series_month (month, series_id, billable, versions) VALUES (
    CAST(strftime('%Y', new.day * 86400, 'unixepoch') AS INTEGER) * 12 + CAST(strftime('%m', new.day * 86400, 'unixepoch') AS INTEGER) - 1, new.series_id,
    new.billable - coalesce((SELECT o.billable FROM met_effective_day o WHERE o.day = new.day AND o.series_id = new.series_id AND o.version < new.version ORDER BY o.version DESC LIMIT 1), 0), 1)
    ON CONFLICT (month, series_id) DO UPDATE SET billable = met_series_month.billable + excluded.billable, versions = met_series_month.versions + 1;
END;
-- If it counted, the one before it counts again.
CREATE TRIGGER met_day_erased AFTER DELETE ON met_effective_day BEGIN
  UPDATE met_series_month SET versions = versions - 1, billable = billable + CASE
      WHEN EXISTS (SELECT 1 FROM met_effective_day n WHERE n.day = old.day AND n.series_id = old.series_id AND n.version > old.version) THEN 0
      ELSE coalesce((SELECT o.billable FROM met_effective_day o WHERE o.day = old.day AND o.series_id = old.series_id AND o.version < old.version ORDER BY o.version DESC LIMIT 1), 0) - old.billable END
    WHERE month = CAST(strftime('%Y', old.day * 86400, 'unixepoch') AS INTEGER) * 12 + CAST(strftime('%m', old.day * 86400, 'unixepoch') AS INTEGER) - 1 AND series_id = old.series_id;
END;
