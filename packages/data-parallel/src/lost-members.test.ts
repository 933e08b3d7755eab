import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { AveragedRun } from './__fixtures__/averaged-run.js';
import { missing } from './__fixtures__/native.js';
import { freeHosts, type Started, start } from './__fixtures__/processes.js';

const note = missing === undefined ? '' : ` (${missing})`;
const TIMEOUT = 5;

async function startGroup(size: number): Promise<{ hosts: string[]; members: Started[] }> {
  const hosts = await freeHosts(size);
  const sizes = [hosts.map(() => 2)];
  const members = hosts.map((_, index) =>
    start('averaged-run.ts', { hosts, index, steps: 1e6, sizes, timeoutSeconds: TIMEOUT } satisfies AveragedRun),
  );
  await Promise.all(members.map((member) => member.line(({ step }) => step === 20)));
  return { hosts, members };
}

/** How the others end when something befalls process `index`: what each says, and after how many seconds. */
async function whenOneIsLost(index: number, signal: NodeJS.Signals) {
  const { hosts, members } = await startGroup(3);
  const start = performance.now();
  members[index]!.child.kill(signal);
  const others = members.filter((_, i) => i !== index);
  const ends = await Promise.all(
    others.map(async ({ ended, complaint }) => {
      const { code } = await ended;
      return { code, complaint: complaint(), seconds: (performance.now() - start) / 1000 };
    }),
  );
  members[index]!.child.kill('SIGKILL');
  return { name: `process ${index} (${hosts[index]})`, ends };
}

describe.skipIf(missing !== undefined)(`a group that loses a process${note}`, () => {
  it.each([
    { index: 0, signal: 'SIGKILL', says: 'has ended' },
    { index: 1, signal: 'SIGKILL', says: 'has ended' },
    { index: 2, signal: 'SIGINT', says: 'has ended' },
    { index: 0, signal: 'SIGSTOP', says: `has given no sign of life for ${TIMEOUT} s` },
    { index: 2, signal: 'SIGSTOP', says: `has given no sign of life for ${TIMEOUT} s` },
  ] as const)(
    'ends within its timeout, and names it: $index, $signal',
    { timeout: 60_000 },
    async ({ index, signal, says }) => {
      const { name, ends } = await whenOneIsLost(index, signal);
      for (const { code, complaint, seconds } of ends) {
        expect(code).toBe(1);
        expect(complaint).toContain(`GroupError: joinGroup: ${name} ${says}.`);
        // The time to end a process of TensorFlow's included.
        expect(seconds).toBeLessThan(TIMEOUT + 3);
      }
    },
  );

  it('is closed to the network: TensorFlow’s servers hear loopback alone', { timeout: 60_000 }, async () => {
    const { members } = await startGroup(2);
    try {
      const outside = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter(({ internal, family }) => !internal && family === 'IPv4');
      const ports = members.flatMap(({ child }) => portsOf(child.pid!));
      // The meeting, and a server for each.
      expect(ports.length).toBe(3);
      for (const port of ports) {
        expect(await answers('127.0.0.1', port)).toBe(true);
        for (const { address } of outside) expect(await answers(address, port), `${address}:${port}`).toBe(false);
      }
    } finally {
      for (const { child } of members) child.kill('SIGKILL');
      await Promise.all(members.map(({ ended }) => ended));
    }
  });
});

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('timeout', () => resolve(false));
    socket.on('connect', () => socket.destroy());
    socket.on('timeout', () => socket.destroy());
  });
}

/** Ports at which a process listens. */
function portsOf(pid: number): number[] {
  const { readdirSync, readlinkSync } = process.getBuiltinModule('node:fs');
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).match(/^socket:\[(\d+)\]$/)?.[1] ?? [],
    ),
  );
  const rows = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  const fields = rows.map((row) => row.trim().split(/\s+/));
  return fields.flatMap((row) =>
    row[3] === '0A' && own.has(row[9]!) ? [Number.parseInt(row[1]!.split(':')[1]!, 16)] : [],
  );
}
