import { useBackend } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AveragedRun } from './__fixtures__/averaged-run.js';
import { missing } from './__fixtures__/native.js';
import { freeHosts, start } from './__fixtures__/processes.js';
import { joinGroup } from './index.js';
import { joinSettings } from './members/join-options.js';

const note = missing === undefined ? '' : ` (${missing})`;
const two = ['127.0.0.1:4001', '127.0.0.1:4002'];

afterEach(() => vi.unstubAllEnvs());

describe('joinGroup', () => {
  it.each([
    [{ hosts: [] }, /`hosts` must be an array of addresses such as '127.0.0.1:4001', got \[\]/],
    [{ hosts: two }, /`index` must say which of `hosts` this process is/],
    [{ index: 0 }, /`index` is given without `hosts`/],
    [{ hosts: two, index: 2 }, /`index` must be a whole number in \[0, 2\), one for each of `hosts`, got 2/],
    [{ hosts: two, index: 0.5 }, /`index` must be a whole number in \[0, 2\)/],
    [
      { hosts: ['127.0.0.1', two[1]], index: 0 },
      /`hosts\[0\]` must be an address with a port, such as '127.0.0.1:4001', got "127.0.0.1"/,
    ],
    [{ hosts: [two[0], two[0]], index: 0 }, /`hosts` must differ, got 127.0.0.1:4001 twice/],
    [
      { hosts: [two[0], '10.0.0.2:4001'], index: 0 },
      /`hosts` must be loopback addresses .* got 10.0.0.2:4001.* trustNetwork: true/,
    ],
    [{ hosts: two, index: 0, timeoutSeconds: 0 }, /`timeoutSeconds` must be a number of seconds from 1, got 0/],
    [{ hosts: two, index: 0, threads: 0 }, /`threads` must be .* got 0/],
    [{ hosts: two, index: 0, timeout: 5 }, /timeout/],
  ])('refuses %j', async (options, message) => {
    await expect(joinGroup(options as never)).rejects.toThrow(message);
  });

  it('takes hosts and index from the environment, where they are not given', () => {
    const environment = { NFNETS_HOSTS: 'localhost:4001, [::1]:4002', NFNETS_INDEX: '1' };
    const { members, index, threads, timeoutSeconds } = joinSettings({}, environment, 8);
    expect(members.map(({ host, port }) => [host, port])).toEqual([
      ['localhost', 4001],
      ['::1', 4002],
    ]);
    expect({ index, threads, timeoutSeconds }).toEqual({ index: 1, threads: 4, timeoutSeconds: 30 });
    expect(() => joinSettings({}, { NFNETS_HOSTS: two.join() }, 8)).toThrow(/NFNETS_INDEX must say which/);
    expect(() => joinSettings({}, { NFNETS_HOSTS: two.join(), NFNETS_INDEX: 'x' }, 8)).toThrow(
      /`index` must be a whole number/,
    );
  });

  it('shares the cores among the processes of a machine', () => {
    const hosts = ['10.0.0.1:1', '10.0.0.1:2', '10.0.0.2:1'];
    const threads = (index: number) => joinSettings({ hosts, index, trustNetwork: true }, {}, 12).threads;
    expect([0, 1, 2].map(threads)).toEqual([6, 6, 12]);
  });

  it('makes a group of one anywhere, in which means are what they are means of', async () => {
    await tf.setBackend('cpu');
    const group = await joinGroup();
    expect([group.index, group.size]).toEqual([0, 1]);
    expect(await group.exchange('x', 5)).toEqual([5]);
    const step = (x: tf.Tensor, { share }: Record<string, tf.Scalar>, { averaged }: { averaged: typeof identity }) =>
      averaged([x], share)[0]!;
    const program = await compileStep({ step: step as never }, { group });
    const x = tf.tensor1d([1, 2]);
    const y = (program as never as { step(x: tf.Tensor, s: object): tf.Tensor }).step(x, { share: 1 });
    expect([...y.dataSync()]).toEqual([1, 2]);
    tf.dispose([x, y]);
    program.dispose();
    group.leave();
  });

  it('is refused by steps that are no graphs, with the way out', async () => {
    const group = { index: 0, size: 2, threads: 1, openSession: () => undefined, assertSame: () => undefined } as never;
    const step = { step: (x: tf.Tensor) => x };
    await tf.setBackend('cpu');
    await expect(compileStep(step, { group })).rejects.toThrow(
      /the `group` has 2 processes, which meet within TensorFlow's graphs, and the backend 'cpu' has none. Take useBackend\('native'\)/,
    );
    await expect(compileStep(step, { group, eager: true })).rejects.toThrow(/and `eager` is true/);
    await expect(compileStep(step, { group, xla: true })).rejects.toThrow(/of which XLA compiles none/);
    await expect(compileStep(step, { group, onEager: () => undefined })).rejects.toThrow(/cannot run as it is/);
    await expect(compileStep(step, { group: {} as never })).rejects.toThrow(/`group` must be a group of processes/);
  });
});

const identity = <T>(tensors: readonly T[], _share?: tf.Scalar): T[] => [...tensors];

describe.skipIf(missing !== undefined)(`a group of two${note}`, () => {
  it('is refused where the steps differ, with the difference', { timeout: 60_000 }, async () => {
    const hosts = await freeHosts(2);
    const members = hosts.map((_, index) =>
      start('averaged-run.ts', { hosts, index, steps: 2, sizes: [[1, 1]], isOther: index === 1 } satisfies AveragedRun),
    );
    for (const { ended, complaint } of members) {
      expect((await ended).code).toBe(1);
      expect(complaint()).toMatch(
        /GroupError: joinGroup: of the step `step`, process 1 \(127[\d.:]+\) differs from process 0 \(127[\d.:]+\): `graph for \[1,6,6,2\], \[1,3\]` is "\d+ ops, [0-9a-f]+" and not "\d+ ops, [0-9a-f]+"\./,
      );
    }
  });

  it('says when its port is taken', { timeout: 60_000 }, async () => {
    await useBackend('native');
    const hosts = await freeHosts(2);
    const { createServer } = await import('node:net');
    const server = createServer();
    const [, port] = hosts[0]!.split(':');
    await new Promise<void>((resolve) => server.listen(Number(port), '127.0.0.1', resolve));
    await expect(joinGroup({ hosts, index: 0 })).rejects.toThrow(
      `joinGroup: cannot listen at ${hosts[0]}: listen EADDRINUSE`,
    );
    server.close();
  });
});
