import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href;

/** A process of a test. */
export interface Started {
  readonly child: ChildProcess;
  /** Objects that it printed, a line each. */
  readonly lines: Record<string, unknown>[];
  /** What it wrote to standard error, as far as it is not TensorFlow's. */
  readonly complaint: () => string;
  /** Resolves when it printed a line that `is` right. */
  line(is: (line: Record<string, unknown>) => boolean): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Starts `script`, a file of this folder, with `task` as its argument; behind `prefix`, such as `ip netns exec NAME`. */
export function start(script: string, task: object, prefix: readonly string[] = []): Started {
  const path = fileURLToPath(new URL(`./${script}`, import.meta.url));
  const node = [process.execPath, '--conditions=@nfnets/source', '--import', tsx, path, JSON.stringify(task)];
  const [program, ...args] = [...prefix, ...node] as [string, ...string[]];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  const lines: Record<string, unknown>[] = [];
  const waiting: { is: (line: Record<string, unknown>) => boolean; resolve: () => void }[] = [];
  let [rest, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const line = JSON.parse(part) as Record<string, unknown>;
      lines.push(line);
      for (const { is, resolve } of waiting) if (is(line)) resolve();
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null }));
  return {
    child,
    lines,
    complaint: () => errors,
    line: (is) =>
      lines.some(is) ? Promise.resolve() : new Promise((resolve) => waiting.push({ is, resolve: () => resolve() })),
    ended,
  };
}

/** Addresses on this machine at ports that are free. */
export async function freeHosts(count: number): Promise<string[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const hosts = servers.map((server) => `127.0.0.1:${(server.address() as { port: number }).port}`);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return hosts;
}
