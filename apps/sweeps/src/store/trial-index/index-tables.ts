/**
 * The tables of `index.sqlite`. `trials` has more columns, one for each value of the configs and each final metric.
 *
 * `sources` is what nf-sweeps reads back: the files of a trial that has ended, and the stamp of its `status.json` then.
 */
export const INDEX_TABLES = `
CREATE TABLE trials (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL, reason TEXT, step INTEGER NOT NULL,
  startedAt TEXT, endedAt TEXT, seconds REAL,
  attempt INTEGER, peakMemory INTEGER, host TEXT, engine TEXT,
  environment INTEGER REFERENCES environments
);
CREATE TABLE epochs (
  id TEXT NOT NULL REFERENCES trials, epoch INTEGER NOT NULL,
  step INTEGER, samples INTEGER, seconds REAL,
  trainLoss REAL, loss REAL, accuracy REAL, emaLoss REAL, emaAccuracy REAL,
  PRIMARY KEY (id, epoch)
) WITHOUT ROWID;
CREATE TABLE environments (environment INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE);
CREATE TABLE sources (id TEXT PRIMARY KEY, stamp TEXT NOT NULL, trial TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID;
`;

/** Goes up when the tables change: an index with another number is made again. */
export const INDEX_VERSION = 2;
