-- A series is a register's, or that of a metering point (mkt_point) in one direction. SQLite changes no constraint, so the three tables are made anew.
ALTER TABLE met_dirty RENAME TO met_dirty_1;
ALTER TABLE met_curve_day RENAME TO met_curve_day_1;
ALTER TABLE met_series RENAME TO met_series_1;

CREATE TABLE met_series (
  series_id    INTEGER PRIMARY KEY,
  register_id  INTEGER UNIQUE REFERENCES met_register,
  point_id     INTEGER,
  direction    INTEGER,
  CHECK ((register_id IS NULL) <> (point_id IS NULL) AND (point_id IS NULL) = (direction IS NULL))
);
CREATE UNIQUE INDEX met_series_point ON met_series (point_id, direction);

CREATE TABLE met_dirty (
  series_id  INTEGER NOT NULL REFERENCES met_series,
  day        INTEGER NOT NULL,
  mark       INTEGER NOT NULL,                    -- the batch that touched the day last; minus the delivery
  PRIMARY KEY (series_id, day)
) WITHOUT ROWID;

CREATE TABLE met_curve_day (
  series_id   INTEGER NOT NULL REFERENCES met_series,
  day         INTEGER NOT NULL,
  source      INTEGER NOT NULL,                   -- CurveSource
  version     INTEGER NOT NULL,
  wh          BLOB NOT NULL,                      -- 92, 96 or 100 × Int32 big-endian, −2³¹ = absent
  quality     BLOB NOT NULL,                      -- one SlotQuality per slot
  created_us  INTEGER NOT NULL,
  method      BLOB,                               -- one SubstituteMethod per slot; absent: none was substituted
  author      TEXT,                               -- absent: derived
  reason      TEXT,
  delivery_id INTEGER,
  PRIMARY KEY (series_id, day, source, version)
) WITHOUT ROWID;

INSERT INTO met_series (series_id, register_id) SELECT series_id, register_id FROM met_series_1;
INSERT INTO met_dirty (series_id, day, mark) SELECT series_id, day, mark FROM met_dirty_1;
INSERT INTO met_curve_day (series_id, day, source, version, wh, quality, created_us) SELECT series_id, day, source, version, wh, quality, created_us FROM met_curve_day_1;
DROP TABLE met_dirty_1;
DROP TABLE met_curve_day_1;
DROP TABLE met_series_1;

-- Whatever changes curves besides gateways: a file, readings, a decision. Minus its number is the mark of the days that it touches.
CREATE TABLE met_delivery (
  delivery_id  INTEGER PRIMARY KEY,
  kind         INTEGER NOT NULL,                  -- DeliveryKind
  author       TEXT NOT NULL,
  created_us   INTEGER NOT NULL,
  slots        INTEGER NOT NULL                   -- values created or corrected
);

CREATE TABLE met_assignment (
  series_id    INTEGER NOT NULL REFERENCES met_series,
  register_id  INTEGER NOT NULL REFERENCES met_register,
  from_day     INTEGER NOT NULL,                  -- 0: from ever
  to_day       INTEGER,                           -- exclusive; absent while it goes on
  factor       INTEGER NOT NULL,                  -- +1 or −1
  PRIMARY KEY (series_id, register_id, from_day)
) WITHOUT ROWID;
CREATE INDEX met_assignment_register ON met_assignment (register_id);

-- What counts. Versions only grow; the newest one holds.
CREATE TABLE met_effective_day (
  day         INTEGER NOT NULL,
  series_id   INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  wh          BLOB NOT NULL,                      -- as in met_curve_day
  source      BLOB NOT NULL,                      -- one CurveSource per slot, 0 where there is no value
  status      BLOB NOT NULL,                      -- one ValueStatus per slot
  billable    INTEGER NOT NULL,                   -- slots that may be billed
  state       INTEGER NOT NULL,                   -- DayState
  input_hash  TEXT NOT NULL,                      -- SHA-256 of what was chosen from
  created_us  INTEGER NOT NULL,
  PRIMARY KEY (day, series_id, version)
) WITHOUT ROWID;
