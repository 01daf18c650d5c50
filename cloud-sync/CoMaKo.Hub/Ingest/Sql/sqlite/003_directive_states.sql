-- What became of a directive, for who issued it. Unix µs; absent: not yet.
ALTER TABLE ing_directive ADD COLUMN issued_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ing_directive ADD COLUMN sent_us INTEGER;                       -- went out on a stream
ALTER TABLE ing_directive ADD COLUMN answered_us INTEGER;
ALTER TABLE ing_directive ADD COLUMN reason TEXT;                        -- of a rejected one: the gateway's code and text
