import { statSync } from 'node:fs';
import { join } from 'node:path';
import { show } from '@nfnets/options';
import { assertOneSplit } from './one-split.js';
import { listFolder } from './walk-images.js';

/** What an error says of the files that are looked for. */
interface Wanted {
  /** Name of the function that was called. */
  readonly who: string;
  /** Name of its argument. */
  readonly option: string;
  /** What the names of the files in a folder are like. */
  readonly pattern: RegExp;
}

/**
 * The files that `files` stands for: paths as they are, or those in a folder by their names, with all other names in it.
 *
 * @throws TypeError if it is neither, RangeError if one is not there or a folder has files of several parts of a data set
 */
export function listFiles(
  files: string | readonly string[],
  { who, option, pattern }: Wanted,
): { readonly paths: readonly string[]; readonly others: readonly string[] } {
  const isList = Array.isArray(files) && files.length > 0 && files.every((file) => typeof file === 'string');
  if (!isList && (typeof files !== 'string' || files === '')) {
    throw new TypeError(
      `${who}: \`${option}\` must be a folder, the path of a file or an array of such paths, got ${show(files)}.`,
    );
  }
  const paths = typeof files === 'string' ? [files] : files;
  const isFolder = paths.map((path) => isFolderAt(path, who, option));
  if (isList && isFolder.includes(true)) {
    const folder = paths[isFolder.indexOf(true)];
    throw new RangeError(
      `${who}: \`${option}\` must be one folder, or paths of files, got the folder ${folder} among others.`,
    );
  }
  if (isList || !isFolder[0]) return { paths, others: [] };
  const [folder] = paths as [string];
  const names = listFolder(folder).flatMap(({ name, kind }) => (kind === 'file' ? [name] : []));
  const found = names.filter((name) => pattern.test(name));
  assertOneSplit(who, option, folder, found);
  return { paths: found.map((name) => join(folder, name)), others: names.filter((name) => !pattern.test(name)) };
}

function isFolderAt(path: string, who: string, option: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new RangeError(`${who}: \`${option}\` must be there: ${(error as Error).message}.`, { cause: error });
  }
}
