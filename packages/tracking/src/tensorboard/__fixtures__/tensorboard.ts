import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ownPython = fileURLToPath(new URL('../../../../../bench/.venv/bin/python', import.meta.url));
export const python = process.env['NFNETS_PYTHON'] ?? ownPython;

export const hasTensorBoard = () => spawnSync(python, ['-c', 'import tensorboard']).status === 0;
export const NEEDS = 'needs tensorboard: python3 -m venv bench/.venv && bench/.venv/bin/pip install tensorboard';

type Points = Readonly<Record<string, readonly (number | [number, number])[]>>;

/** What TensorBoard's readers have found in a folder. */
export interface Found {
  /** By the reader that its library offers. */
  readonly library: Points;
  /** By the one that its server uses. */
  readonly server: Points;
  readonly hparams: Readonly<Record<string, string>>;
}

/** A process that reads folders as TensorBoard does, and goes on where it was when it is asked for one again. */
export function startReader(): { read: (folder: string) => Promise<Found>; stop: () => void } {
  const script = fileURLToPath(new URL('../../../python/follow_folders.py', import.meta.url));
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async read(folder) {
      child.stdin.write(`${folder}\n`);
      return JSON.parse((await lines.next()).value!) as Found;
    },
    stop: () => void child.kill(),
  };
}

/** Starts a TensorBoard over the runs in `folder`, on a free port. */
export async function startTensorBoard(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const server: ChildProcess = spawn(
    python,
    ['-m', 'tensorboard.main', '--logdir', folder, '--host', '127.0.0.1', '--port', '0', '--reload_interval', '1'],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    for (const stream of [server.stdout!, server.stderr!]) {
      stream.on('data', (part) => {
        text += part;
        const address = text.match(/http:\/\/\S+:\d+\//);
        if (address) resolve(address[0]);
      });
    }
    ended.then(() => reject(new Error(text)));
  });
  return {
    url,
    async stop() {
      server.kill();
      await ended;
    },
  };
}
