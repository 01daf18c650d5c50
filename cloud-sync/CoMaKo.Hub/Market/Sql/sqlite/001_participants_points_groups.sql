-- Days since 1970-01-01 as Berlin dates; day 0 stands for "from ever". Energy in Wh, prices in 1/10 000 ct per kWh, shares in ppm, events in Unix µs.

CREATE TABLE mkt_participant (
  participant_id   INTEGER PRIMARY KEY,
  name             TEXT NOT NULL UNIQUE,  -- the cooperative's own id, free text
  title            TEXT,                              -- how statements address the participant; absent: the id
  kind             INTEGER NOT NULL DEFAULT 1,         -- ParticipantKind
  customer_number  TEXT UNIQUE,
  revision         INTEGER NOT NULL DEFAULT 1,
  changed_us       INTEGER NOT NULL
);

-- Tax profiles in time (TaxTreatment); the rate is of account for the standard treatment only.
CREATE TABLE mkt_tax_version (
  participant_id     INTEGER NOT NULL REFERENCES mkt_participant,
  from_day           INTEGER NOT NULL,
  treatment          INTEGER NOT NULL,
  rate_basis_points  INTEGER NOT NULL,
  PRIMARY KEY (participant_id, from_day)
) WITHOUT ROWID;

CREATE TABLE mkt_point (
  point_id           INTEGER PRIMARY KEY,
  name               TEXT NOT NULL UNIQUE,
  participant_id     INTEGER NOT NULL REFERENCES mkt_participant,
  directions         INTEGER NOT NULL,                 -- PointDirections
  market_location    TEXT UNIQUE,
  metering_location  TEXT,
  is_profile         INTEGER NOT NULL DEFAULT 0,       -- 1: no quarter-hour meter
  profile            TEXT,                -- the table whose shape splits its sums
  annual_wh          INTEGER,                          -- expected consumption of a year
  fuse_amperes       INTEGER,                          -- of each of three phases
  peak_watts         INTEGER,                          -- of its plant
  latitude_micro     INTEGER,                          -- millionths of a degree
  longitude_micro    INTEGER,
  revision           INTEGER NOT NULL DEFAULT 1,
  changed_us         INTEGER NOT NULL
);
CREATE INDEX mkt_point_participant ON mkt_point (participant_id);

-- What a battery held at the begin of a day, by origin: the operator's first entry, then the end of each settled month.
CREATE TABLE mkt_battery (
  point_id  INTEGER NOT NULL REFERENCES mkt_point,
  day       INTEGER NOT NULL,
  own_wh    INTEGER NOT NULL,
  grid_wh   INTEGER NOT NULL,
  PRIMARY KEY (point_id, day)
) WITHOUT ROWID;

CREATE TABLE mkt_group (
  group_id         INTEGER PRIMARY KEY,
  name             TEXT NOT NULL UNIQUE,
  title            TEXT NOT NULL,
  eic              TEXT,
  allows_profiles  INTEGER NOT NULL DEFAULT 0,
  final_to_day     INTEGER NOT NULL DEFAULT 0,         -- days before it are in a published final run
  revision         INTEGER NOT NULL DEFAULT 1,
  changed_us       INTEGER NOT NULL
);

-- A point belongs to one group at a time.
CREATE TABLE mkt_membership (
  group_id  INTEGER NOT NULL REFERENCES mkt_group,
  point_id  INTEGER NOT NULL REFERENCES mkt_point,
  from_day  INTEGER NOT NULL,
  to_day    INTEGER,                                   -- exclusive; absent while it goes on
  PRIMARY KEY (group_id, point_id, from_day)
) WITHOUT ROWID;
CREATE INDEX mkt_membership_point ON mkt_membership (point_id);
CREATE TRIGGER mkt_membership_overlap BEFORE INSERT ON mkt_membership WHEN EXISTS (
  SELECT 1 FROM mkt_membership m WHERE m.point_id = NEW.point_id
    AND m.from_day < coalesce(NEW.to_day, 9223372036854775807) AND NEW.from_day < coalesce(m.to_day, 9223372036854775807))
BEGIN SELECT RAISE(ABORT, 'the point belongs to a group at that time'); END;

CREATE TABLE mkt_key_version (
  group_id  INTEGER NOT NULL REFERENCES mkt_group,
  from_day  INTEGER NOT NULL,
  method    INTEGER NOT NULL,                          -- AllocationMethod
  PRIMARY KEY (group_id, from_day)
) WITHOUT ROWID;

CREATE TABLE mkt_key_share (
  group_id  INTEGER NOT NULL,
  from_day  INTEGER NOT NULL,
  point_id  INTEGER NOT NULL REFERENCES mkt_point,
  weight    INTEGER NOT NULL,                          -- ppm; with the ranked method the class from 1
  PRIMARY KEY (group_id, from_day, point_id),
  FOREIGN KEY (group_id, from_day) REFERENCES mkt_key_version ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE mkt_price_version (
  group_id  INTEGER NOT NULL REFERENCES mkt_group,
  from_day  INTEGER NOT NULL,
  internal  INTEGER NOT NULL,
  fee       INTEGER NOT NULL DEFAULT 0,
  surplus   INTEGER,                                   -- absent: nothing is paid
  PRIMARY KEY (group_id, from_day)
) WITHOUT ROWID;
