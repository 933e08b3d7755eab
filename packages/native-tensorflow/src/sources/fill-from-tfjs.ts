import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fullDisk, SourceError } from '../machine/prepare-errors.js';
import { runProgram } from '../machine/run-program.js';
import { BINDING } from '../tfjs-node/binding-path.js';

/** Lets tfjs-node's own install script, in the copy `folder` of the package, download its TensorFlow and its binding. */
export async function fillFromTfjs(
  folder: string,
  { gpu, signal }: { readonly gpu: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { code, lines } = await runProgram(
    [process.execPath, join('scripts', 'install.js'), ...(gpu ? ['gpu', 'download'] : [])],
    { cwd: folder, signal, env: { PATH: [...binFolders(folder), process.env['PATH']].join(delimiter) } },
  );
  if (code === 0 && existsSync(join(folder, BINDING))) return;
  const text = lines.join('\n');
  if (/ENOSPC|No space left/.test(text)) throw fullDisk();
  if (/ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH/.test(text)) {
    throw new SourceError("tfjs-node's own download cannot be reached. Go online");
  }
  const complaint = lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? `it ended with code ${code}`;
  throw new SourceError(`tfjs-node's own install script failed (${complaint.trim()})`);
}

/** The folders in which npm would look for the programs that the script calls by name. */
function binFolders(folder: string): string[] {
  const parent = dirname(folder);
  return [join(folder, 'node_modules', '.bin'), ...(parent === folder ? [] : binFolders(parent))];
}
