-- A month's files that an operator lets be printed in the background; gone after some days.
CREATE TABLE mkt_print (
  print_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  balance_group  text COLLATE "C" NOT NULL,
  month          bigint NOT NULL,
  what           bigint NOT NULL,               -- PrintSubject
  language       text COLLATE "C" NOT NULL,
  author         text COLLATE "C" NOT NULL,
  created_us     bigint NOT NULL,
  finished_us    bigint,                        -- absent: still at work
  error          text                            -- why the last attempt failed
);

-- One file each; without bytes it waits. What is there is not made again after a restart.
CREATE TABLE mkt_print_file (
  print_id  bigint NOT NULL REFERENCES mkt_print,
  place     bigint NOT NULL,
  number    text COLLATE "C" NOT NULL,                       -- of the statement or invoice
  pdf       bytea,
  PRIMARY KEY (print_id, place)
);
