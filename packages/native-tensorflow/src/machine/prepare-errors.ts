import { dirname } from 'node:path';

/** One source of TensorFlow does not work here; another one may. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}

/** No source can work before somebody changes what the message names. */
export class PrepareError extends Error {
  override readonly name = 'PrepareError';
}

/** What to do about a full disk. */
export function fullDisk(): PrepareError {
  return new PrepareError('There is no space left on the disk. Free some and run the same command again.');
}

/** `error`, in words for the user where it is the system's refusal to write; any other error as it is. */
export function explainSystemError(error: unknown): unknown {
  const { code, path = 'the folder of the package' } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fullDisk();
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PrepareError(
        `${path} cannot be written (${code}: no permission, or a read-only disk). Run the command as the owner of ${dirname(path)}, or install the package in a folder of yours.`,
      );
    case 'EEXIST':
    case 'ENOTDIR':
      return new PrepareError(`${path} cannot be made: a file is in the way (${code}). Move it away.`);
    default:
      return error;
  }
}
