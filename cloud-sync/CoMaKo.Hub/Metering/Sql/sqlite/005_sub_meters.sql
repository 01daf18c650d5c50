-- Which points lie behind a building's main meter (rule P13); a point lies behind one at most. Losses are of the main meter.
CREATE TABLE met_main_meter (
  point_id    INTEGER PRIMARY KEY,
  losses_wh   INTEGER NOT NULL                    -- between the meters, a day
);

CREATE TABLE met_sub_meter (
  point_id       INTEGER PRIMARY KEY,
  main_point_id  INTEGER NOT NULL REFERENCES met_main_meter ON DELETE CASCADE
);
CREATE INDEX met_sub_meter_main ON met_sub_meter (main_point_id);
