-- Days since 1970-01-01 as Berlin dates; day 0 stands for "from ever". Energy in Wh, prices in 1/10 000 ct per kWh, shares in ppm, events in Unix µs.

CREATE TABLE mkt_participant (
  participant_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name             text COLLATE "C" NOT NULL UNIQUE,  -- the cooperative's own id, free text
  title            text,                              -- how statements address the participant; absent: the id
  kind             bigint NOT NULL DEFAULT 1,         -- ParticipantKind
  customer_number  text COLLATE "C" UNIQUE,
  revision         bigint NOT NULL DEFAULT 1,
  changed_us       bigint NOT NULL
);

-- Tax profiles in time (TaxTreatment); the rate is of account for the standard treatment only.
CREATE TABLE mkt_tax_version (
  participant_id     bigint NOT NULL REFERENCES mkt_participant,
  from_day           bigint NOT NULL,
  treatment          bigint NOT NULL,
  rate_basis_points  bigint NOT NULL,
  PRIMARY KEY (participant_id, from_day)
);

CREATE TABLE mkt_point (
  point_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name               text COLLATE "C" NOT NULL UNIQUE,
  participant_id     bigint NOT NULL REFERENCES mkt_participant,
  directions         bigint NOT NULL,                 -- PointDirections
  market_location    text COLLATE "C" UNIQUE,
  metering_location  text COLLATE "C",
  is_profile         bigint NOT NULL DEFAULT 0,       -- 1: no quarter-hour meter
  profile            text COLLATE "C",                -- the table whose shape splits its sums
  annual_wh          bigint,                          -- expected consumption of a year
  fuse_amperes       bigint,                          -- of each of three phases
  peak_watts         bigint,                          -- of its plant
  latitude_micro     bigint,                          -- millionths of a degree
  longitude_micro    bigint,
  revision           bigint NOT NULL DEFAULT 1,
  changed_us         bigint NOT NULL
);
CREATE INDEX mkt_point_participant ON mkt_point (participant_id);

-- What a battery held at the begin of a day, by origin: the operator's first entry, then the end of each settled month.
CREATE TABLE mkt_battery (
  point_id  bigint NOT NULL REFERENCES mkt_point,
  day       bigint NOT NULL,
  own_wh    bigint NOT NULL,
  grid_wh   bigint NOT NULL,
  PRIMARY KEY (point_id, day)
);

CREATE TABLE mkt_group (
  group_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name             text COLLATE "C" NOT NULL UNIQUE,
  title            text NOT NULL,
  eic              text COLLATE "C",
  allows_profiles  bigint NOT NULL DEFAULT 0,
  final_to_day     bigint NOT NULL DEFAULT 0,         -- days before it are in a published final run
  revision         bigint NOT NULL DEFAULT 1,
  changed_us       bigint NOT NULL
);

-- A point belongs to one group at a time.
CREATE TABLE mkt_membership (
  group_id  bigint NOT NULL REFERENCES mkt_group,
  point_id  bigint NOT NULL REFERENCES mkt_point,
  from_day  bigint NOT NULL,
  to_day    bigint,                                   -- exclusive; absent while it goes on
  PRIMARY KEY (group_id, point_id, from_day),
  EXCLUDE USING gist (int8range(point_id, point_id, '[]') WITH &&, int8range(from_day, to_day) WITH &&)
);
CREATE INDEX mkt_membership_point ON mkt_membership (point_id);

CREATE TABLE mkt_key_version (
  group_id  bigint NOT NULL REFERENCES mkt_group,
  from_day  bigint NOT NULL,
  method    bigint NOT NULL,                          -- AllocationMethod
  PRIMARY KEY (group_id, from_day)
);

CREATE TABLE mkt_key_share (
  group_id  bigint NOT NULL,
  from_day  bigint NOT NULL,
  point_id  bigint NOT NULL REFERENCES mkt_point,
  weight    bigint NOT NULL,                          -- ppm; with the ranked method the class from 1
  PRIMARY KEY (group_id, from_day, point_id),
  FOREIGN KEY (group_id, from_day) REFERENCES mkt_key_version ON DELETE CASCADE
);

CREATE TABLE mkt_price_version (
  group_id  bigint NOT NULL REFERENCES mkt_group,
  from_day  bigint NOT NULL,
  internal  bigint NOT NULL,
  fee       bigint NOT NULL DEFAULT 0,
  surplus   bigint,                                   -- absent: nothing is paid
  PRIMARY KEY (group_id, from_day)
);
