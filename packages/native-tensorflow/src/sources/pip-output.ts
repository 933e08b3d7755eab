import { basename } from 'node:path';

/** What pip says about a wheel before it fetches it. */
export interface PipStep {
  readonly action: 'download' | 'cache' | 'file';
  /** Name of the wheel's file; for `file` its path. */
  readonly wheel: string;
  /** As pip writes it, such as `273.8 MB`; absent where it does not say. */
  readonly size?: string;
}

/** Reads the line in which pip, before it fetches a wheel, names it; undefined for any other line. */
export function parsePipLine(line: string): PipStep | undefined {
  const match =
    /^\s*(Downloading|Using cached|Processing|File was already downloaded) (.+\.whl)(?: \(([^)]+)\))?\s*$/.exec(line);
  if (!match) return undefined;
  const [, verb, path, size] = match;
  const action = verb === 'Downloading' ? 'download' : verb === 'Using cached' ? 'cache' : 'file';
  return { action, wheel: action === 'file' ? path! : basename(path!), ...(size === undefined ? {} : { size }) };
}

/** Why `pip download` failed, from what it printed. */
export type PipFailure = 'full disk' | 'offline' | 'no wheel' | 'other';

/** Sorts the failure of `pip download` by what it printed. */
export function sortPipFailure(lines: readonly string[]): PipFailure {
  const text = lines.join('\n');
  if (/No space left on device|Errno 28|Errno 122/.test(text)) return 'full disk';
  if (/NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Max retries/.test(text)) {
    return 'offline';
  }
  return /No matching distribution|Could not find a version/.test(text) ? 'no wheel' : 'other';
}

/** The line in which pip says what went wrong. */
export function pipComplaint(lines: readonly string[]): string {
  const errors = lines.filter((line) => /^\s*(ERROR|[A-Za-z]*Error)\b/.test(line));
  return (errors.at(-1) ?? lines.at(-1) ?? 'it said nothing').trim();
}
