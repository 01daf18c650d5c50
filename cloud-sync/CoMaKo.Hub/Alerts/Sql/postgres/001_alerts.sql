-- Alerts: one row for each time that a cause was there for long enough, and who was told of it. Instants in Unix µs of the hub's clock.

CREATE TABLE alr_recipient (
  recipient_id          text COLLATE "C" PRIMARY KEY,
  channel               bigint NOT NULL,         -- MessageChannel
  target                text NOT NULL,            -- mail address or URL
  language              text NOT NULL,
  kinds                 text NOT NULL,            -- separated by spaces; none: all
  rank                  bigint NOT NULL,         -- WorkRank: the least pressing that is told
  quiet_from            bigint,                  -- minute of the Berlin day
  quiet_to              bigint,
  faults_break_through  bigint NOT NULL,
  delay_minutes         bigint NOT NULL,
  is_active             bigint NOT NULL,
  secret                bytea,                     -- signs a webhook's messages; shown once
  changed_us            bigint NOT NULL,
  revision              bigint NOT NULL DEFAULT 1
);

CREATE TABLE alr_alert (
  alert_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cause       text COLLATE "C" NOT NULL,                      -- kind:subject
  kind        text COLLATE "C" NOT NULL,
  subject     text COLLATE "C" NOT NULL,
  rank        bigint NOT NULL,                   -- WorkRank
  since_us    bigint NOT NULL,                   -- when the cause began, by its source
  address     text NOT NULL,
  number      bigint NOT NULL,                   -- how many of it
  source      text COLLATE "C" NOT NULL,
  seen_us     bigint NOT NULL,                   -- first seen
  opened_us   bigint,                            -- had lasted long enough
  away_us     bigint,                            -- away since
  closed_us   bigint,                            -- was away long enough
  acked_us    bigint,
  acked_by    text,
  acked_note  text
);
CREATE UNIQUE INDEX alr_alert_cause ON alr_alert (cause) WHERE closed_us IS NULL;
CREATE INDEX alr_alert_closed ON alr_alert (closed_us);

CREATE TABLE alr_telling (
  alert_id      bigint NOT NULL REFERENCES alr_alert (alert_id),
  recipient_id  text COLLATE "C" NOT NULL,
  alerted_us    bigint NOT NULL,
  recovered_us  bigint,
  PRIMARY KEY (alert_id, recipient_id)
);
CREATE INDEX alr_telling_owed ON alr_telling (alert_id) WHERE recovered_us IS NULL;
