/**
 * The schema of index.db. It holds nothing that can't be read from the journal again, so a file of another
 * number is emptied and filled anew.
 *
 * Items have numbers, from 256, in the order in which they turned up; 0 is the root, 1 "Recovered". Their
 * records lie in pages of 256 numbers.
 */
export const INDEX_SCHEMA_NUMBER = 1

export const INDEX_SCHEMA = `
  CREATE TABLE item (id BLOB PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- Of which item a version is. Its EDKs lie with that item.
  CREATE TABLE version (id BLOB PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  -- Names as they are shown; change: when the page was written, to find what is new.
  CREATE TABLE name_page (page INTEGER PRIMARY KEY, change INTEGER NOT NULL, names BLOB NOT NULL) STRICT;
  CREATE INDEX name_page_change ON name_page (change);
  CREATE TABLE record_page (page INTEGER PRIMARY KEY, records BLOB NOT NULL) STRICT;

  -- What lies in a folder, and under which tag its name competes with the others'; 0: in the bin, it doesn't.
  CREATE TABLE member (
    place INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (place, tag, number)
  ) STRICT, WITHOUT ROWID;
  -- Items that are not in the folder they were put into; loose: they were taken out of a cycle.
  CREATE TABLE displaced (number INTEGER PRIMARY KEY, given BLOB NOT NULL, loose INTEGER NOT NULL) STRICT;
  CREATE INDEX displaced_given ON displaced (given);
  CREATE INDEX displaced_loose ON displaced (number) WHERE loose = 1;
  -- Items that are shown under another name than their own; tag: of the name shown.
  CREATE TABLE numbered (
    place INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (place, tag, number)
  ) STRICT, WITHOUT ROWID;
  -- Items that were put into the bin themselves.
  CREATE TABLE binned (number INTEGER PRIMARY KEY) STRICT;

  -- EDKs of versions that have not arrived.
  CREATE TABLE stray_key (version BLOB PRIMARY KEY, box BLOB NOT NULL) STRICT, WITHOUT ROWID;
  -- Settings, pinned files, required features.
  CREATE TABLE register (tag BLOB PRIMARY KEY, kind TEXT NOT NULL, box BLOB NOT NULL) STRICT, WITHOUT ROWID;
  -- What writers had seen: ops open and epoch.
  CREATE TABLE witness (
    batch INTEGER NOT NULL,
    op INTEGER NOT NULL,
    segment BLOB NOT NULL,
    box BLOB NOT NULL,
    PRIMARY KEY (batch, op)
  ) STRICT, WITHOUT ROWID;

  -- Batches whose stamps are in use, so that a stamp is two small numbers. frame: empty if not known.
  CREATE TABLE batch (
    number INTEGER PRIMARY KEY,
    segment BLOB NOT NULL,
    seq INTEGER NOT NULL,
    frame BLOB NOT NULL,
    time BLOB NOT NULL,
    UNIQUE (segment, seq, frame)
  ) STRICT;
  -- How the EDKs under a key begin, once for all of them.
  CREATE TABLE shape (number INTEGER PRIMARY KEY, prefix BLOB NOT NULL) STRICT;

  -- How far each segment was applied.
  CREATE TABLE cursor (
    segment BLOB NOT NULL,
    hash BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    device BLOB NOT NULL,
    metadata_key BLOB NOT NULL,
    named_by INTEGER NOT NULL,
    PRIMARY KEY (segment, hash)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE fact (name TEXT PRIMARY KEY, box BLOB NOT NULL) STRICT, WITHOUT ROWID;

  -- Versions whose messages a process is about to write, until the journal has them.
  CREATE TABLE job (
    number INTEGER PRIMARY KEY,
    process INTEGER NOT NULL,
    run BLOB NOT NULL,
    versions BLOB NOT NULL
  ) STRICT;
`

/** What this device does itself: the journal doesn't know it, so it outlives an emptying of the rest. */
export const KEPT_TABLES: ReadonlySet<string> = new Set(['job'])
