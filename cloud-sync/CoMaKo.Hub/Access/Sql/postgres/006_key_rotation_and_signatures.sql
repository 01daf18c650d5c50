-- A client's keys follow one another; some sign requests instead of being shown.
ALTER TABLE web_key ADD COLUMN client text COLLATE "C";                  -- id of the client's first key; absent: this one's
ALTER TABLE web_key ADD COLUMN secret_protected bytea;        -- of a key that signs: its secret, sealed by the keys in the data folder
CREATE INDEX web_key_client ON web_key (client);

-- Nonces of signed requests, for a few minutes. Unix µs.
CREATE TABLE web_nonce (
  key_id   text COLLATE "C" NOT NULL,
  nonce    text COLLATE "C" NOT NULL,
  seen_us  bigint NOT NULL,
  PRIMARY KEY (key_id, nonce)
);
CREATE INDEX web_nonce_age ON web_nonce (seen_us);
