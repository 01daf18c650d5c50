-- Alerts: one row for each time that a cause was there for long enough, and who was told of it. Instants in Unix µs of the hub's clock.

CREATE TABLE alr_recipient (
  recipient_id          TEXT PRIMARY KEY,
  channel               INTEGER NOT NULL,         -- MessageChannel
  target                TEXT NOT NULL,            -- mail address or URL
  language              TEXT NOT NULL,
  kinds                 TEXT NOT NULL,            -- separated by spaces; none: all
  rank                  INTEGER NOT NULL,         -- WorkRank: the least pressing that is told
  quiet_from            INTEGER,                  -- minute of the Berlin day
  quiet_to              INTEGER,
  faults_break_through  INTEGER NOT NULL,
  delay_minutes         INTEGER NOT NULL,
  is_active             INTEGER NOT NULL,
  secret                BLOB,                     -- signs a webhook's messages; shown once
  changed_us            INTEGER NOT NULL,
  revision              INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;

CREATE TABLE alr_alert (
  alert_id    INTEGER PRIMARY KEY,
  cause       TEXT NOT NULL,                      -- kind:subject
  kind        TEXT NOT NULL,
  subject     TEXT NOT NULL,
  rank        INTEGER NOT NULL,                   -- WorkRank
  since_us    INTEGER NOT NULL,                   -- when the cause began, by its source
  address     TEXT NOT NULL,
  number      INTEGER NOT NULL,                   -- how many of it
  source      TEXT NOT NULL,
  seen_us     INTEGER NOT NULL,                   -- first seen
  opened_us   INTEGER,                            -- had lasted long enough
  away_us     INTEGER,                            -- away since
  closed_us   INTEGER,                            -- was away long enough
  acked_us    INTEGER,
  acked_by    TEXT,
  acked_note  TEXT
);
CREATE UNIQUE INDEX alr_alert_cause ON alr_alert (cause) WHERE closed_us IS NULL;
CREATE INDEX alr_alert_closed ON alr_alert (closed_us);

CREATE TABLE alr_telling (
  alert_id      INTEGER NOT NULL REFERENCES alr_alert (alert_id),
  recipient_id  TEXT NOT NULL,
  alerted_us    INTEGER NOT NULL,
  recovered_us  INTEGER,
  PRIMARY KEY (alert_id, recipient_id)
) WITHOUT ROWID;
CREATE INDEX alr_telling_owed ON alr_telling (alert_id) WHERE recovered_us IS NULL;
