-- Energy in Wh, slots in Unix s, events in Unix µs, days since 1970-01-01 as Berlin dates. Text is compared by its bytes.

CREATE TABLE met_register (
  register_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text COLLATE "C" NOT NULL UNIQUE,  -- <meter server id in hex>~<A-B.C.D.E>
  gateway_id   bigint NOT NULL                    -- the first gateway that sent it
);

CREATE TABLE met_series (
  series_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  register_id  bigint NOT NULL UNIQUE REFERENCES met_register
);

CREATE TABLE met_segment (
  register_id     bigint NOT NULL REFERENCES met_register,
  segment_us      bigint NOT NULL,
  opened_us       bigint,                         -- absent: its begin has not arrived
  opening_wh      bigint,
  open_reason     bigint,
  closed_us       bigint,                         -- absent: still open, or its end has not arrived
  closing_wh      bigint,
  close_reason    bigint,
  obis            text COLLATE "C" NOT NULL,
  ct_factor_micro bigint NOT NULL,
  resolution_mwh  bigint NOT NULL,                -- milliwatt hours
  role            bigint NOT NULL,
  PRIMARY KEY (register_id, segment_us)
);

-- By UTC month of slot_end, inside a month by hash of the gateway; the months are made when first needed (CalendarMonths).
-- Wide columns first and no wider than they must be: a cooperative of 1 000 gateways has 350 million rows a year.
CREATE TABLE met_total (
  slot_end          bigint NOT NULL,
  segment_us        bigint NOT NULL,
  total_wh          bigint NOT NULL,
  batch_id          bigint NOT NULL,
  gateway_id        integer NOT NULL,
  register_id       integer NOT NULL,
  border_offset_ms  integer NOT NULL,
  quality           smallint NOT NULL,
  PRIMARY KEY (gateway_id, register_id, slot_end, segment_us)
) PARTITION BY RANGE (slot_end);

CREATE TABLE met_conflict (
  conflict_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  register_id  bigint NOT NULL REFERENCES met_register,
  kind         text COLLATE "C" NOT NULL,         -- total, after_end, begin, end
  segment_us   bigint NOT NULL,
  at_us        bigint NOT NULL,                   -- the slot's end, or the border's instant
  total_wh     bigint NOT NULL,                   -- the one that lost
  batch_id     bigint NOT NULL,
  found_us     bigint NOT NULL
);
CREATE UNIQUE INDEX met_conflict_cause ON met_conflict (register_id, kind, segment_us, at_us, total_wh);

CREATE TABLE met_dirty (
  series_id  bigint NOT NULL REFERENCES met_series,
  day        bigint NOT NULL,
  mark       bigint NOT NULL,                     -- the batch that touched the day last
  PRIMARY KEY (series_id, day)
) WITH (fillfactor = 50);

-- By month of the Berlin day.
CREATE TABLE met_curve_day (
  series_id   bigint NOT NULL,
  day         bigint NOT NULL,
  source      bigint NOT NULL,                    -- CurveSource
  version     bigint NOT NULL,
  wh          bytea NOT NULL,                     -- 92, 96 or 100 × Int32 big-endian, −2³¹ = absent
  quality     bytea NOT NULL,                     -- one SlotQuality per slot
  created_us  bigint NOT NULL,
  PRIMARY KEY (series_id, day, source, version)
) PARTITION BY RANGE (day);

-- For questions by hand: the slots of a day, numbered from 0.
CREATE FUNCTION met_slots(wh bytea) RETURNS TABLE (slot integer, value_wh integer) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT i, nullif((get_byte(wh, 4 * i) << 24) | (get_byte(wh, 4 * i + 1) << 16) | (get_byte(wh, 4 * i + 2) << 8) | get_byte(wh, 4 * i + 3), -2147483648)
  FROM generate_series(0, length(wh) / 4 - 1) AS i
$$;
