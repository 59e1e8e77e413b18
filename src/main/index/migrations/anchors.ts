/**
 * Schemas of anchors.db, the first under number 1 (PRAGMA user_version): each takes the one before it a step
 * on. What is in here can't be made anew, so a step that was published is never changed.
 */
export const ANCHORS_MIGRATIONS: readonly string[] = [
  `
  -- SHA-256 of vault.json and of files under keys/ as they were believed; null: it was removed.
  CREATE TABLE pin (name TEXT PRIMARY KEY, sha256 BLOB) STRICT, WITHOUT ROWID;
  CREATE TABLE arn (arn TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- One row: the greatest epoch seen.
  CREATE TABLE epoch (id INTEGER PRIMARY KEY CHECK (id = 1), greatest INTEGER NOT NULL) STRICT;
  INSERT INTO epoch VALUES (1, 0);
  CREATE TABLE flag (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- Files under keys/ that this device is about to write: one that stays unpinned is its own to remove.
  CREATE TABLE own_key_file (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- Vault folders by real path: each is a device of its own.
  CREATE TABLE place (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    device BLOB NOT NULL,
    opened_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE segment (
    place INTEGER NOT NULL REFERENCES place ON DELETE CASCADE,
    segment BLOB NOT NULL,
    PRIMARY KEY (place, segment)
  ) STRICT, WITHOUT ROWID;
  -- How far each segment was seen; of a forked one, each branch.
  CREATE TABLE head (
    place INTEGER NOT NULL REFERENCES place ON DELETE CASCADE,
    segment BLOB NOT NULL,
    hash BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (place, segment, hash)
  ) STRICT, WITHOUT ROWID;
  `,
]
