-- Files with readings on their way in: kept as they came until they are taken over, so that each step sees the same bytes.
CREATE TABLE met_upload (
  upload_id    INTEGER PRIMARY KEY,
  participant  TEXT NOT NULL,
  author       TEXT NOT NULL,
  content      BLOB NOT NULL,
  mapping      TEXT NOT NULL,                   -- JSON: how the file is written and which column is what
  state        INTEGER NOT NULL,                 -- UploadState
  rows_done    INTEGER NOT NULL DEFAULT 0,
  rows_all     INTEGER NOT NULL DEFAULT 0,
  created      INTEGER NOT NULL DEFAULT 0,
  unchanged    INTEGER NOT NULL DEFAULT 0,
  findings     TEXT NOT NULL DEFAULT '[]',      -- JSON
  uploaded_us  INTEGER NOT NULL
);
CREATE INDEX met_upload_participant ON met_upload (participant, upload_id);
