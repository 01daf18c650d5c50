-- A series is a register's, or that of a metering point (mkt_point) in one direction.
ALTER TABLE met_series ALTER COLUMN register_id DROP NOT NULL, ADD COLUMN point_id bigint, ADD COLUMN direction bigint;
ALTER TABLE met_series ADD CONSTRAINT met_series_of CHECK ((register_id IS NULL) <> (point_id IS NULL) AND (point_id IS NULL) = (direction IS NULL));
CREATE UNIQUE INDEX met_series_point ON met_series (point_id, direction);

-- Whatever changes curves besides gateways: a file, readings, a decision. Minus its number is the mark of the days that it touches.
CREATE TABLE met_delivery (
  delivery_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         bigint NOT NULL,                   -- DeliveryKind
  author       text COLLATE "C" NOT NULL,
  created_us   bigint NOT NULL,
  slots        bigint NOT NULL                    -- values created or corrected
);

ALTER TABLE met_curve_day
  ADD COLUMN method bytea,                        -- one SubstituteMethod per slot; absent: none was substituted
  ADD COLUMN author text COLLATE "C",             -- absent: derived
  ADD COLUMN reason text,
  ADD COLUMN delivery_id bigint;

CREATE TABLE met_assignment (
  series_id    bigint NOT NULL REFERENCES met_series,
  register_id  bigint NOT NULL REFERENCES met_register,
  from_day     bigint NOT NULL,                   -- 0: from ever
  to_day       bigint,                            -- exclusive; absent while it goes on
  factor       bigint NOT NULL,                   -- +1 or −1
  PRIMARY KEY (series_id, register_id, from_day)
);
CREATE INDEX met_assignment_register ON met_assignment (register_id);

-- What counts, by month of the Berlin day. Versions only grow; the newest one holds.
CREATE TABLE met_effective_day (
  day         bigint NOT NULL,
  series_id   bigint NOT NULL,
  version     bigint NOT NULL,
  wh          bytea NOT NULL,                     -- as in met_curve_day
  source      bytea NOT NULL,                     -- one CurveSource per slot, 0 where there is no value
  status      bytea NOT NULL,                     -- one ValueStatus per slot
  billable    bigint NOT NULL,                    -- slots that may be billed
  state       bigint NOT NULL,                    -- DayState
  input_hash  text COLLATE "C" NOT NULL,          -- SHA-256 of what was chosen from
  created_us  bigint NOT NULL,
  PRIMARY KEY (day, series_id, version)
) PARTITION BY RANGE (day);
