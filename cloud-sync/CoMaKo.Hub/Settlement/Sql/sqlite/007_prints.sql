-- A month's files that an operator lets be printed in the background; gone after some days.
CREATE TABLE mkt_print (
  print_id       INTEGER PRIMARY KEY,
  balance_group  TEXT NOT NULL,
  month          INTEGER NOT NULL,
  what           INTEGER NOT NULL,               -- PrintSubject
  language       TEXT NOT NULL,
  author         TEXT NOT NULL,
  created_us     INTEGER NOT NULL,
  finished_us    INTEGER,                        -- absent: still at work
  error          TEXT                            -- why the last attempt failed
);

-- One file each; without bytes it waits. What is there is not made again after a restart.
CREATE TABLE mkt_print_file (
  print_id  INTEGER NOT NULL REFERENCES mkt_print,
  place     INTEGER NOT NULL,
  number    TEXT NOT NULL,                       -- of the statement or invoice
  pdf       BLOB,
  PRIMARY KEY (print_id, place)
);
