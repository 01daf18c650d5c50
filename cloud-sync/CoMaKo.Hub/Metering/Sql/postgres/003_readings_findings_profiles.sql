-- Readings of people. A reading is never changed; one that corrects another names it. Instants in Unix s, energy in Wh.
CREATE TABLE met_reading (
  reading_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  series_id     bigint NOT NULL REFERENCES met_series,
  at_s          bigint NOT NULL,
  kind          bigint NOT NULL,                  -- ReadingKind
  wh            bigint NOT NULL,                  -- state of the register, or energy of the period
  period_start  bigint,                           -- of a period; fixed on receipt
  state         bigint NOT NULL,                  -- ReadingState
  origin        bigint NOT NULL,                  -- ReadingOrigin
  author        text COLLATE "C" NOT NULL,
  received_us   bigint NOT NULL,
  replaces      bigint REFERENCES met_reading
);
CREATE INDEX met_reading_series ON met_reading (series_id, at_s);
CREATE UNIQUE INDEX met_reading_current ON met_reading (series_id, at_s, kind) WHERE state <> 3;

-- Anomalies by rule P01 to P15. Value and limit in thousandths of the rule's unit.
CREATE TABLE met_finding (
  finding_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  series_id   bigint NOT NULL REFERENCES met_series,
  day         bigint NOT NULL,                    -- of the slot
  slot        bigint NOT NULL,                    -- Unix s
  rule        bigint NOT NULL,                    -- PlausibilityRule
  value       bigint NOT NULL,
  bound       bigint NOT NULL,
  state       bigint NOT NULL DEFAULT 1,          -- FindingState
  found_us    bigint NOT NULL,
  decided_by  text COLLATE "C",
  decided_us  bigint,
  reason      text
);
CREATE UNIQUE INDEX met_finding_cause ON met_finding (series_id, slot, rule);
CREATE INDEX met_finding_open ON met_finding (state, finding_id);

-- Standard load profiles as published, CSV.
CREATE TABLE met_profile (
  name        text COLLATE "C" PRIMARY KEY,
  is_dynamic  bigint NOT NULL,
  csv         text NOT NULL,
  changed_us  bigint NOT NULL
);
