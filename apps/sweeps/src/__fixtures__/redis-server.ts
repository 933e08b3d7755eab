import { until } from './until.js';

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';



/** Whether there is a server to test with. */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a Redis of the test's own in `folder`, on a socket rather than a port that others may take. `restart` starts it
 * again after it was killed.
 */
export async function startRedis(
  folder: string,
): Promise<{ url: string; server: ChildProcess; restart: () => void }> {
  mkdirSync(folder, { recursive: true });
  const url = join(folder, 'redis.sock');
  const options = { port: '0', unixsocket: url, dir: folder, save: '', appendonly: 'yes', appendfsync: 'always' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const servers: ChildProcess[] = [];
  onTestFinished(() => {
    for (const server of servers) server.kill('SIGKILL');
  });
  const start = () => {
    const server = spawn('redis-server', args, { stdio: 'ignore' });
    servers.push(server);
    return server;
  };
  const server = start();
  await until(() => existsSync(url));
  return { url, server, restart: start };
}
