/** Formats that trials are exported in. */
export const EXPORT_FORMATS = ['csv', 'json', 'parquet'] as const;

export interface ExportOptions {
  readonly format: (typeof EXPORT_FORMATS)[number];
  /** File to write; standard output by default. */
  readonly out?: string;
}
