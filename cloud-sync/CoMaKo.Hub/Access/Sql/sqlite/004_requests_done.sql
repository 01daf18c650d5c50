-- Written in the transaction that does what a request with an Idempotency-Key asks for, so that it is never done twice. Unix µs; absent: not done yet.
ALTER TABLE web_idempotency ADD COLUMN done_us INTEGER;
