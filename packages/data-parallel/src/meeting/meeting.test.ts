import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freeHosts } from '../__fixtures__/processes.js';
import type { Facts } from '../members/facts.js';
import { parseAddress } from '../members/member.js';
import { Hub, type Side, type Told } from './hub.js';
import type { Activity } from './messages.js';
import { Spoke } from './spoke.js';
import type { ThreadData } from './thread-data.js';

interface Attendant {
  readonly side: Side;
  readonly told: unknown[];
  activity: Activity;
  call: number;
}

const attending: Side[] = [];
afterEach(() => {
  for (const side of attending.splice(0)) side.leave();
});

function attend(hosts: readonly string[], index: number, given: Partial<ThreadData> = {}): Attendant {
  const members = hosts.map((address, i) => ({ index: i, address, ...parseAddress(address)! }));
  const data = { members, index, timeoutSeconds: 1, joinSeconds: 1, facts: {}, ...given } as unknown as ThreadData;
  const told: unknown[] = [];
  const attendant = { told, activity: 'work' as Activity, call: 0 };
  const ears: Told = {
    joined: (port) => told.push({ joined: port }),
    given: (_, values) => told.push({ values }),
    over: (reason) => told.push({ over: reason }),
    activity: () => attendant.activity,
    call: () => attendant.call,
  };
  const side = index === 0 ? new Hub(data, 7, ears) : new Spoke(data, ears);
  attending.push(side);
  return Object.assign(attendant, { side });
}

/** Waits until each of `attendants` was told something that `is` right. */
async function until(attendants: readonly Attendant[], is: (told: unknown) => boolean): Promise<void> {
  while (!attendants.every(({ told }) => told.some(is))) await new Promise((resolve) => setTimeout(resolve, 5));
}

const isOver = (told: unknown) => 'over' in (told as object);
const hasJoined = (told: unknown) => 'joined' in (told as object);
const overOf = ({ told }: Attendant) => (told.find(isOver) as { over: string } | undefined)?.over;

async function together(count: number, given: readonly Partial<ThreadData>[] = []) {
  const hosts = await freeHosts(count);
  const attendants = hosts.map((_, index) => attend(hosts, index, given[index]));
  return { hosts, attendants };
}

describe('the meeting of a group', () => {
  it('gives all what each gave, in the order of the processes', async () => {
    const { attendants } = await together(3);
    await until(attendants, hasJoined);
    for (const { side } of [...attendants].reverse())
      side.give(1, 'sums', attendants.findIndex((each) => each.side === side) + 1);
    await until(attendants, (told) => 'values' in (told as object));
    for (const { told } of attendants) expect(told).toEqual([{ joined: 7 }, { values: [1, 2, 3] }]);
  });

  it('refuses a process that differs, by name and with the difference, and tells all', async () => {
    const facts: Facts[] = [{ TensorFlow: '2.21.0' }, { TensorFlow: '2.21.0' }, { TensorFlow: '2.20.0' }];
    const { hosts, attendants } = await together(
      3,
      facts.map((each) => ({ facts: each })),
    );
    await until(attendants, isOver);
    for (const each of attendants) {
      expect(overOf(each)).toBe(
        `process 2 (${hosts[2]}) differs from process 0 (${hosts[0]}): \`TensorFlow\` is "2.20.0" and not "2.21.0"`,
      );
    }
  });

  it('refuses a second process of the same number, and goes on', async () => {
    const { hosts, attendants } = await together(2);
    await until(attendants, hasJoined);
    const second = attend(hosts, 1);
    await until([second], isOver);
    expect(overOf(second)).toBe(`process 1 (${hosts[1]}) is there already`);
    expect(attendants.map(overOf)).toEqual([undefined, undefined]);
  });

  it('ends a connection that speaks otherwise, and goes on', async () => {
    const { hosts, attendants } = await together(2);
    await until(attendants, hasJoined);
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '{}\n',
      'null\n',
      '{"type":"give","round":1}\n',
      '{"type":"hello","index":7}\n',
    ]) {
      const { host, port } = parseAddress(hosts[0])!;
      const socket = connect({ host, port });
      socket.write(text);
      socket.resume();
      await new Promise((resolve) => socket.on('close', resolve).on('error', resolve));
    }
    for (const { side } of attendants) side.give(1, 'x', 0);
    await until(attendants, (told) => 'values' in (told as object));
  });

  it('ends a connection that never says who it is, or does not stop talking', async () => {
    const { hosts, attendants } = await together(2);
    await until(attendants, hasJoined);
    const { host, port } = parseAddress(hosts[0])!;
    const [silent, talkative] = [connect({ host, port }), connect({ host, port })];
    const closed = [silent, talkative].map((socket) => {
      socket.resume();
      return new Promise((resolve) => socket.on('close', resolve).on('error', resolve));
    });
    for (let i = 0; i < 40; i++) talkative.write('x'.repeat(2 ** 16));
    await Promise.all(closed);
    for (const { side } of attendants) side.give(1, 'x', 0);
    await until(attendants, (told) => 'values' in (told as object));
  });

  it('reads lines that come in pieces, cut within a letter, and several that come together', async () => {
    const hosts = await freeHosts(2);
    const first = attend(hosts, 0);
    const { host, port } = parseAddress(hosts[0])!;
    const socket = connect({ host, port });
    const lines = [
      { type: 'hello', index: 1, facts: {} },
      { type: 'give', round: 1, what: 'x', value: 'grüße' },
      { type: 'give', round: 2, what: 'x', value: 'y'.repeat(2 ** 21) },
    ];
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const inLetter = bytes.indexOf(Buffer.from('ü')) + 1;
    for (const part of [bytes.subarray(0, 9), bytes.subarray(9, inLetter), bytes.subarray(inLetter)]) {
      socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    first.side.give(1, 'x', 0);
    first.side.give(2, 'x', 0);
    // The second gift may still be on its way when the first is there.
    await until([first], () => first.told.length === 3);
    expect(first.told[1]).toEqual({ values: [0, 'grüße'] });
    expect((first.told[2] as { values: string[] }).values[1]).toHaveLength(2 ** 21);
    socket.destroy();
  });

  it('names two that cannot reach each other, though both reach the first', async () => {
    const { hosts, attendants } = await together(3);
    await until(attendants, hasJoined);
    // Where the server of process 2 should be nobody listens: nothing of TensorFlow's was started here.
    const server = createServer().listen(parseAddress(hosts[1])!.port, '127.0.0.1');
    for (const each of attendants) Object.assign(each, { call: 1, activity: 'call' });
    await until(attendants, isOver);
    server.close();
    // The first has no server either, at port 7 of this machine; whichever was noticed first.
    for (const each of attendants)
      expect(overOf(each)).toMatch(
        /^process [01] .* and process 2 .* cannot reach each other$|^process 0 .* and process 1 .* cannot reach each other$/,
      );
    expect(new Set(attendants.map(overOf)).size).toBe(1);
  });

  it('meets at names and at addresses of IPv6', async () => {
    const ports = (await freeHosts(2)).map((address) => parseAddress(address)!.port);
    for (const name of ['localhost', '[::1]']) {
      const attendants = ports.map((_, index) =>
        attend(
          ports.map((port) => `${name}:${port}`),
          index,
        ),
      );
      await until(attendants, hasJoined);
      for (const side of attending.splice(0)) side.leave();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it('does not mix two groups at one port', async () => {
    const { hosts, attendants } = await together(2);
    await until(attendants, hasJoined);
    const others = [attend(hosts, 0), attend(hosts, 1)];
    await until(others, isOver);
    expect(overOf(others[0]!)).toMatch(/^cannot listen at .*EADDRINUSE/);
    expect(overOf(others[1]!)).toBe(`process 1 (${hosts[1]}) is there already`);
    expect(attendants.map(overOf)).toEqual([undefined, undefined]);
  });

  it('says who did not come', async () => {
    const hosts = await freeHosts(3);
    const attendants = [attend(hosts, 0), attend(hosts, 2)];
    await until(attendants, isOver);
    for (const each of attendants) expect(overOf(each)).toBe(`process 1 (${hosts[1]}) did not come within 1 s`);
    const alone = attend(await freeHosts(2), 1);
    await until([alone], isOver);
    expect(overOf(alone)).toMatch(/^process 0 \(127\.0\.0\.1:\d+\) was not there within 1 s: connect ECONNREFUSED/);
  });

  it('says where processes are that come to different places', async () => {
    const { hosts, attendants } = await together(2);
    await until(attendants, hasJoined);
    attendants[0]!.side.give(1, 'the evaluation of epoch 3', 0);
    attendants[1]!.side.give(1, 'the end', 0);
    await until(attendants, isOver);
    for (const each of attendants) {
      expect(overOf(each)).toBe(
        `process 1 (${hosts[1]}) differs from process 0 (${hosts[0]}): \`at\` is "the end" and not "the evaluation of epoch 3"`,
      );
    }
  });

  it('does not wait for ever where one is in a step and another in an exchange', async () => {
    const { hosts, attendants } = await together(2);
    await until(attendants, hasJoined);
    attendants[0]!.activity = 'call';
    attendants[1]!.activity = 'exchange';
    await until(attendants, isOver);
    for (const each of attendants) {
      expect(overOf(each)).toBe(
        `the processes wait for each other at different places: process 0 (${hosts[0]}) in a step, process 1 (${hosts[1]}) in an exchange`,
      );
    }
  });

  it('tells of one that leaves, and of one whose step failed', async () => {
    const { hosts, attendants } = await together(3);
    await until(attendants, hasJoined);
    attendants[2]!.side.leave();
    await until(attendants.slice(0, 2), isOver);
    for (const each of attendants.slice(0, 2)) expect(overOf(each)).toBe(`process 2 (${hosts[2]}) has left the group`);

    const next = await together(2);
    await until(next.attendants, hasJoined);
    next.attendants[1]!.side.fail('a step failed: out of memory');
    await until(next.attendants, isOver);
    expect(next.attendants.map(overOf)).toEqual(
      Array.from({ length: 2 }, () => `process 1 (${next.hosts[1]}): a step failed: out of memory`),
    );
  });
});
