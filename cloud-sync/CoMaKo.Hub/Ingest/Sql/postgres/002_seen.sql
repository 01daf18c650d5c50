-- A person has looked at it and said so; the record of who did what keeps the reason. Unix µs.
ALTER TABLE ing_note ADD COLUMN seen_us bigint;
ALTER TABLE ing_parked ADD COLUMN seen_us bigint;
