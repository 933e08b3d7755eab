/** Formats that trials are exported in: tables, and Optuna's journal, which has the epochs too. */
export const EXPORT_FORMATS = ['csv', 'json', 'parquet', 'optuna'] as const;

/** Tables that a run folder is exported as: a row for each trial, or for each epoch of each. */
export const EXPORT_TABLES = ['trials', 'epochs'] as const;

export interface ExportOptions {
  readonly format: (typeof EXPORT_FORMATS)[number];
  /** `trials` by default. */
  readonly table?: (typeof EXPORT_TABLES)[number];
  /** File to write; standard output by default. */
  readonly out?: string;
}
