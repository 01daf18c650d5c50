-- Readings of people. A reading is never changed; one that corrects another names it. Instants in Unix s, energy in Wh.
CREATE TABLE met_reading (
  reading_id    INTEGER PRIMARY KEY,
  series_id     INTEGER NOT NULL REFERENCES met_series,
  at_s          INTEGER NOT NULL,
  kind          INTEGER NOT NULL,                  -- ReadingKind
  wh            INTEGER NOT NULL,                  -- state of the register, or energy of the period
  period_start  INTEGER,                           -- of a period; fixed on receipt
  state         INTEGER NOT NULL,                  -- ReadingState
  origin        INTEGER NOT NULL,                  -- ReadingOrigin
  author        TEXT NOT NULL,
  received_us   INTEGER NOT NULL,
  replaces      INTEGER REFERENCES met_reading
);
CREATE INDEX met_reading_series ON met_reading (series_id, at_s);
CREATE UNIQUE INDEX met_reading_current ON met_reading (series_id, at_s, kind) WHERE state <> 3;

-- Anomalies by rule P01 to P15. Value and limit in thousandths of the rule's unit.
CREATE TABLE met_finding (
  finding_id  INTEGER PRIMARY KEY,
  series_id   INTEGER NOT NULL REFERENCES met_series,
  day         INTEGER NOT NULL,                    -- of the slot
  slot        INTEGER NOT NULL,                    -- Unix s
  rule        INTEGER NOT NULL,                    -- PlausibilityRule
  value       INTEGER NOT NULL,
  bound       INTEGER NOT NULL,
  state       INTEGER NOT NULL DEFAULT 1,          -- FindingState
  found_us    INTEGER NOT NULL,
  decided_by  TEXT,
  decided_us  INTEGER,
  reason      TEXT
);
CREATE UNIQUE INDEX met_finding_cause ON met_finding (series_id, slot, rule);
CREATE INDEX met_finding_open ON met_finding (state, finding_id);

-- Standard load profiles as published, CSV.
CREATE TABLE met_profile (
  name        TEXT PRIMARY KEY,
  is_dynamic  INTEGER NOT NULL,
  csv         TEXT NOT NULL,
  changed_us  INTEGER NOT NULL
);
