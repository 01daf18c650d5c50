-- A person has dealt with the conflict; the record of who did what keeps the reason. Unix µs.
ALTER TABLE met_conflict ADD COLUMN decided_us INTEGER;
