import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Milliseconds that the other workers of a trial have to end by themselves when one has ended: a group takes half a minute to notice. */
const GRACE = 60_000;

/** What makes the processes of a trial on this machine find each other: variables of each, by its index. None for one alone. */
export async function workerVariables(workers: number): Promise<readonly NodeJS.ProcessEnv[]> {
  if (workers === 1) return [{}];
  const servers = Array.from({ length: workers }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const hosts = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`).join();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return servers.map((_, index) => ({ NFNETS_HOSTS: hosts, NFNETS_INDEX: String(index) }));
}

/** The processes of a trial beside its first. */
export class OtherWorkers {
  private readonly children: readonly ChildProcess[];
  private readonly ended: Promise<unknown>;

  /** Starts `command` once for each of `environments`, and ends `first` where one of them cannot go on and `first` does not notice. */
  constructor(
    [program, ...args]: readonly [string, ...string[]],
    environments: readonly NodeJS.ProcessEnv[],
    write: (data: Buffer) => void,
    first: ChildProcess,
  ) {
    this.children = environments.map((env) => {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
      child.stdout.on('data', write);
      child.stderr.on('data', write);
      return child;
    });
    this.ended = Promise.all(
      this.children.map(
        (child) =>
          new Promise<void>((resolve) => {
            // One that could not start has no end.
            child.on('error', () => resolve());
            child.on('close', () => {
              // The others notice; where they wait for it to come, they would wait long.
              setTimeout(() => first.kill('SIGKILL'), GRACE).unref();
              resolve();
            });
          }),
      ),
    );
  }

  kill(): void {
    for (const child of this.children) child.kill('SIGKILL');
  }

  /** Waits until all have ended, which they do when the first has; kills those that do not. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.kill(), GRACE);
    await this.ended;
    clearTimeout(timer);
  }
}
