-- Energy in Wh, slots in Unix s, events in Unix µs, days since 1970-01-01 as Berlin dates.

CREATE TABLE met_register (
  register_id  INTEGER PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,              -- <meter server id in hex>~<A-B.C.D.E>
  gateway_id   INTEGER NOT NULL                   -- the first gateway that sent it
);

CREATE TABLE met_series (
  series_id    INTEGER PRIMARY KEY,
  register_id  INTEGER NOT NULL UNIQUE REFERENCES met_register
);

CREATE TABLE met_segment (
  register_id     INTEGER NOT NULL REFERENCES met_register,
  segment_us      INTEGER NOT NULL,
  opened_us       INTEGER,                        -- absent: its begin has not arrived
  opening_wh      INTEGER,
  open_reason     INTEGER,
  closed_us       INTEGER,                        -- absent: still open, or its end has not arrived
  closing_wh      INTEGER,
  close_reason    INTEGER,
  obis            TEXT NOT NULL,
  ct_factor_micro INTEGER NOT NULL,
  resolution_mwh  INTEGER NOT NULL,               -- milliwatt hours
  role            INTEGER NOT NULL,
  PRIMARY KEY (register_id, segment_us)
) WITHOUT ROWID;

CREATE TABLE met_total (
  gateway_id        INTEGER NOT NULL,
  register_id       INTEGER NOT NULL,
  slot_end          INTEGER NOT NULL,
  segment_us        INTEGER NOT NULL,
  total_wh          INTEGER NOT NULL,
  quality           INTEGER NOT NULL,
  border_offset_ms  INTEGER NOT NULL,
  batch_id          INTEGER NOT NULL,
  PRIMARY KEY (gateway_id, register_id, slot_end, segment_us)
) WITHOUT ROWID;

CREATE TABLE met_conflict (
  conflict_id  INTEGER PRIMARY KEY,
  register_id  INTEGER NOT NULL REFERENCES met_register,
  kind         TEXT NOT NULL,                     -- total, after_end, begin, end
  segment_us   INTEGER NOT NULL,
  at_us        INTEGER NOT NULL,                  -- the slot's end, or the border's instant
  total_wh     INTEGER NOT NULL,                  -- the one that lost
  batch_id     INTEGER NOT NULL,
  found_us     INTEGER NOT NULL
);
CREATE UNIQUE INDEX met_conflict_cause ON met_conflict (register_id, kind, segment_us, at_us, total_wh);

CREATE TABLE met_dirty (
  series_id  INTEGER NOT NULL REFERENCES met_series,
  day        INTEGER NOT NULL,
  mark       INTEGER NOT NULL,                    -- the batch that touched the day last
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
  PRIMARY KEY (series_id, day, source, version)
) WITHOUT ROWID;
