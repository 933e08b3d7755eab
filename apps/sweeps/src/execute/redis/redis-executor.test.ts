import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../../__fixtures__/quick-config.js';
import { hasRedis, startRedis } from '../../__fixtures__/redis-server.js';
import { resumingTrial } from '../../__fixtures__/source-command.js';
import { startWorker } from '../../__fixtures__/start-worker.js';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.js';
import { until } from '../../__fixtures__/until.js';
import type { SweepConfig } from '../../schema/sweep-schema.js';
import { runFiles } from '../../store/run-folder.js';
import { readMetrics, readStatus } from '../../store/trial-folder.js';
import { SweepError } from '../../sweep-error.js';
import { type RunSweepOptions, runSweep, type SweepEvent } from '../run-sweep.js';
import { redisExecutor } from './redis-executor.js';

function run(url: string, dir: string, config: SweepConfig, options: RunSweepOptions = {}) {
  const events: SweepEvent[] = [];
  const executor = redisExecutor({ url, engine: 'cpu', restarts: 2, trialModule: resumingTrial });
  const summary = runSweep(config, {
    dir,
    executor,
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { summary, events };
}

const steps = (dir: string) => readMetrics(dir).flatMap(({ type, step }) => (type === 'step' ? step : []));

describe.skipIf(!hasRedis())('the redis executor (apt-get install redis-server)', () => {
  it('gives the trial of a worker that was killed to another, which goes on from the checkpoint', async () => {
    const folder = temporaryFolder();
    const { url, server } = await startRedis(join(folder, 'redis'));
    const dir = join(folder, 'run');
    // 64 and 32 steps of 40 ms.
    const config = tinyConfig('trial.momentum=0.5', 'trial.epochs=8', 'axes.batchSize=128,256');
    const workers = [startWorker(url), startWorker(url)] as const;
    let isKilled = false;
    const { summary, events } = run(url, dir, config, {
      onEvent: (event) => {
        if (event.type !== 'progress' || event.event.type !== 'step' || isKilled) return;
        isKilled = true;
        workers[0].child.kill('SIGKILL');
      },
    });
    expect((await summary).counts).toEqual({ done: 4 });
    expect(isKilled).toBe(true);
    for (const { id, steps: count } of (await summary).trials) {
      expect(steps(runFiles(dir).trial(id))).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    }
    expect(events.filter(({ type }) => type === 'end')).toHaveLength(4);

    // A second run finds all done; a worker that is told to stop ends well.
    expect((await run(url, dir, config).summary).counts).toEqual({ done: 4 });
    workers[1].child.kill('SIGTERM');
    expect(await workers[1].ended).toBe(0);
    server.kill('SIGTERM');
  });

  it('goes on when the server was killed and is back', async () => {
    const folder = temporaryFolder();
    const { url, server, restart } = await startRedis(join(folder, 'redis'));
    const dir = join(folder, 'run');
    startWorker(url);
    // 64 and 32 steps of 40 ms: the server goes away in the midst of them.
    const config = tinyConfig(
      'trial.momentum=0.5',
      'trial.epochs=16',
      'axes.batchSize=256,512',
      'axes.clipFactor=0.01',
    );
    let isKilled = false;
    const { summary } = run(url, dir, config, {
      onEvent: (event) => {
        if (event.type !== 'progress' || isKilled) return;
        isKilled = true;
        server.kill('SIGKILL');
        server.once('exit', restart);
      },
    });
    expect((await summary).counts).toEqual({ done: 2 });
    expect(isKilled).toBe(true);
    for (const { id } of (await summary).trials) expect(readStatus(runFiles(dir).trial(id))?.attempt).toBe(1);
  });

  it('stops the trials on the workers, and the next run goes on', async () => {
    const folder = temporaryFolder();
    const { url } = await startRedis(join(folder, 'redis'));
    const dir = join(folder, 'run');
    const worker = startWorker(url);
    // 96 and 48 steps of 40 ms: enough for the worker to hear of it before the end.
    const config = tinyConfig(
      'trial.momentum=0.5',
      'trial.epochs=12',
      'axes.batchSize=128,256',
      'axes.clipFactor=0.01',
    );
    const stop = new AbortController();
    const { summary } = run(url, dir, config, {
      stop: stop.signal,
      onEvent: (event) => {
        if (event.type === 'progress') stop.abort();
      },
    });
    expect((await summary).counts).toEqual({ preempted: 1, queued: 1 });
    // The worker that is told to stop gives its trial back, for the next one.
    const again = run(url, dir, config);
    await until(() => again.events.some(({ type }) => type === 'progress'));
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    expect(worker.output()).toContain('the trials go back to the queue');
    startWorker(url);
    expect((await again.summary).counts).toEqual({ done: 2 });
  });

  it('says that no worker is there, and goes on when one is', async () => {
    const folder = temporaryFolder();
    const { url } = await startRedis(join(folder, 'redis'));
    const { summary, events } = run(url, join(folder, 'run'), tinyConfig('axes.batchSize=512', 'axes.clipFactor=off'));
    const notes = () => events.flatMap((event) => (event.type === 'note' ? event.text : []));
    await until(() => notes().length > 0);
    expect(notes()).toEqual([
      `No worker is connected, so nothing runs. On each machine that sees the run folder: nf-sweeps worker --redis ${url}`,
    ]);
    const worker = startWorker(url);
    expect((await summary).counts).toEqual({ done: 1 });
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
  });

  it('says so where a worker does not see the run folder', async () => {
    const folder = temporaryFolder();
    const { url } = await startRedis(join(folder, 'redis'));
    const executor = redisExecutor({ url, engine: 'cpu', restarts: 0 });
    startWorker(url);
    const ends: SweepEvent[] = [];
    const stop = new AbortController().signal;
    const missing = { id: 'x', dir: join(folder, 'nowhere') };
    await executor.execute([missing], {
      emit: (event) => event.type === 'end' && ends.push(event as never),
      stop,
      kill: stop,
    });
    expect(ends).toMatchObject([
      {
        output: expect.stringMatching(
          /nowhere is not there\. The run folder \(--out\) must be on a disk that all machines share/,
        ),
      },
    ]);
  });
});

it('says where it cannot connect', async () => {
  const url = join(temporaryFolder(), 'none.sock');
  const { summary } = run(url, join(temporaryFolder(), 'run'), tinyConfig());
  await expect(summary).rejects.toThrow(SweepError);
  await expect(
    run('redis://u:secret@127.0.0.1:1', join(temporaryFolder(), 'run'), tinyConfig()).summary,
  ).rejects.toThrow(
    '--redis: cannot connect to 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1). Start a redis-server or valkey-server there',
  );
});
