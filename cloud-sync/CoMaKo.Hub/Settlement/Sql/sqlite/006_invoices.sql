-- Addresses and tax numbers for invoices; '' is the cooperative itself. Documents keep what stood here when they were made.
CREATE TABLE mkt_party (
  participant  TEXT PRIMARY KEY,
  name         TEXT,
  street       TEXT,
  postal_code  TEXT,
  city         TEXT,
  country      TEXT,
  tax_number   TEXT,
  vat_id       TEXT,
  changed_us   INTEGER NOT NULL
) WITHOUT ROWID;

-- From which month on statements become invoices: a group's own row, else the cooperative's (''). Absent: they do not.
CREATE TABLE mkt_invoicing (
  balance_group  TEXT PRIMARY KEY,
  from_month     INTEGER,
  changed_us     INTEGER NOT NULL
) WITHOUT ROWID;

-- The last number of each series. A number is taken in the transaction of its document, so that a rollback gives it back.
CREATE TABLE mkt_invoice_series (
  series  TEXT PRIMARY KEY,
  last    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE mkt_invoice (
  invoice_id     INTEGER PRIMARY KEY,
  number         TEXT NOT NULL UNIQUE,
  series         TEXT NOT NULL,
  place          INTEGER NOT NULL,               -- in the series, from 1 without a gap
  kind           INTEGER NOT NULL,               -- InvoiceKind
  side           INTEGER NOT NULL,               -- 1 what the cooperative charges, 2 what it credits
  balance_group  TEXT NOT NULL,
  month          INTEGER NOT NULL,
  participant    TEXT NOT NULL,
  statement_id   INTEGER NOT NULL REFERENCES mkt_statement,
  cancels        INTEGER UNIQUE REFERENCES mkt_invoice,
  cents          INTEGER NOT NULL,               -- with tax, as the document states it: a cancellation is below zero
  issued_us      INTEGER NOT NULL,
  content        BLOB NOT NULL,                  -- comako.invoice.1
  sha256         TEXT NOT NULL,
  UNIQUE (series, place)
);
CREATE INDEX mkt_invoice_participant ON mkt_invoice (participant, invoice_id);
CREATE INDEX mkt_invoice_month ON mkt_invoice (balance_group, month, participant, side);
CREATE TRIGGER mkt_invoice_updated BEFORE UPDATE ON mkt_invoice BEGIN SELECT RAISE(ABORT, 'CMH-2401. An invoice is never changed; a cancellation takes it back.'); END;
CREATE TRIGGER mkt_invoice_deleted BEFORE DELETE ON mkt_invoice BEGIN SELECT RAISE(ABORT, 'CMH-2401. An invoice is never changed; a cancellation takes it back.'); END;

-- Statements whose documents are made, also where there was nothing to invoice.
CREATE TABLE mkt_invoiced (
  statement_id  INTEGER PRIMARY KEY REFERENCES mkt_statement,
  made_us       INTEGER NOT NULL
);

-- What keeps statements from becoming invoices, as of the last look.
CREATE TABLE mkt_invoice_gap (
  participant  TEXT NOT NULL,                    -- '': the cooperative
  code         TEXT NOT NULL,
  field        TEXT NOT NULL,
  since_us     INTEGER NOT NULL,
  PRIMARY KEY (participant, code, field)
) WITHOUT ROWID;
