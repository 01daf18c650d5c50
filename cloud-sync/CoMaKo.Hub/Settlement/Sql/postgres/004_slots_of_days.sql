-- What each quarter hour of a point's day was given or credited (SlotShares), so that a day is shown without settling its group again.
ALTER TABLE mkt_run_day ADD COLUMN slots bytea;
