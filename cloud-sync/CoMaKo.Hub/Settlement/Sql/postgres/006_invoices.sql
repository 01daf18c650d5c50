-- Addresses and tax numbers for invoices; '' is the cooperative itself. Documents keep what stood here when they were made.
CREATE TABLE mkt_party (
  participant  text COLLATE "C" PRIMARY KEY,
  name         text COLLATE "C",
  street       text COLLATE "C",
  postal_code  text COLLATE "C",
  city         text COLLATE "C",
  country      text COLLATE "C",
  tax_number   text COLLATE "C",
  vat_id       text COLLATE "C",
  changed_us   bigint NOT NULL
);

-- From which month on statements become invoices: a group's own row, else the cooperative's (''). Absent: they do not.
CREATE TABLE mkt_invoicing (
  balance_group  text COLLATE "C" PRIMARY KEY,
  from_month     bigint,
  changed_us     bigint NOT NULL
);

-- The last number of each series. A number is taken in the transaction of its document, so that a rollback gives it back.
CREATE TABLE mkt_invoice_series (
  series  text COLLATE "C" PRIMARY KEY,
  last    bigint NOT NULL
);

CREATE TABLE mkt_invoice (
  invoice_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE,
  series         text COLLATE "C" NOT NULL,
  place          bigint NOT NULL,               -- in the series, from 1 without a gap
  kind           bigint NOT NULL,               -- InvoiceKind
  side           bigint NOT NULL,               -- 1 what the cooperative charges, 2 what it credits
  balance_group  text COLLATE "C" NOT NULL,
  month          bigint NOT NULL,
  participant    text COLLATE "C" NOT NULL,
  statement_id   bigint NOT NULL REFERENCES mkt_statement,
  cancels        bigint UNIQUE REFERENCES mkt_invoice,
  cents          bigint NOT NULL,               -- with tax, as the document states it: a cancellation is below zero
  issued_us      bigint NOT NULL,
  content        bytea NOT NULL,                  -- comako.invoice.1
  sha256         text COLLATE "C" NOT NULL,
  UNIQUE (series, place)
);
CREATE INDEX mkt_invoice_participant ON mkt_invoice (participant, invoice_id);
CREATE INDEX mkt_invoice_month ON mkt_invoice (balance_group, month, participant, side);
CREATE FUNCTION mkt_invoice_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'CMH-2401. An invoice is never changed; a cancellation takes it back.';
END $$;
CREATE TRIGGER mkt_invoice_kept BEFORE UPDATE OR DELETE ON mkt_invoice FOR EACH ROW EXECUTE FUNCTION mkt_invoice_is_kept();

-- Statements whose documents are made, also where there was nothing to invoice.
CREATE TABLE mkt_invoiced (
  statement_id  bigint PRIMARY KEY REFERENCES mkt_statement,
  made_us       bigint NOT NULL
);

-- What keeps statements from becoming invoices, as of the last look.
CREATE TABLE mkt_invoice_gap (
  participant  text COLLATE "C" NOT NULL,                    -- '': the cooperative
  code         text COLLATE "C" NOT NULL,
  field        text COLLATE "C" NOT NULL,
  since_us     bigint NOT NULL,
  PRIMARY KEY (participant, code, field)
);
