-- Files with readings on their way in: kept as they came until they are taken over, so that each step sees the same bytes.
CREATE TABLE met_upload (
  upload_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  participant  text COLLATE "C" NOT NULL,
  author       text COLLATE "C" NOT NULL,
  content      bytea NOT NULL,
  mapping      text NOT NULL,                   -- JSON: how the file is written and which column is what
  state        bigint NOT NULL,                 -- UploadState
  rows_done    bigint NOT NULL DEFAULT 0,
  rows_all     bigint NOT NULL DEFAULT 0,
  created      bigint NOT NULL DEFAULT 0,
  unchanged    bigint NOT NULL DEFAULT 0,
  findings     text NOT NULL DEFAULT '[]',      -- JSON
  uploaded_us  bigint NOT NULL
);
CREATE INDEX met_upload_participant ON met_upload (participant, upload_id);
