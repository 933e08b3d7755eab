import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { fakeTrial, resumingTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { orderTrials } from '../plan/order-trials.js';
import { planTrials } from '../plan/plan-trials.js';
import { selectTrials } from '../plan/select-trials.js';
import type { SweepSummary } from '../report/summarize.js';
import type { SweepConfig } from '../schema/sweep-schema.js';
import { layOutRun } from '../store/lay-out-run.js';
import { processIdentity } from '../store/process-identity.js';
import { runFiles } from '../store/run-folder.js';
import { readMetrics, readStatus, trialFiles } from '../store/trial-folder.js';
import type { Executor } from './executor.js';
import { localExecutor } from './local-executor.js';
import { type RunSweepOptions, runSweep, type SweepEvent } from './run-sweep.js';

const FOUR = tinyConfig();
const IDS = planTrials(FOUR).map(({ id }) => id);
/** Half of them: batch 256 only. */
const TWO = tinyConfig('axes.batchSize=256');
const [OFF_256, OFF_512, CLIP_256, CLIP_512] = IDS as [string, string, string, string];

/** Runs the sweep with the fake trial; also returns its events and the ids of the trials it started, in order. */
async function run(dir: string, config: SweepConfig, options: Omit<RunSweepOptions, 'dir' | 'executor'> = {}) {
  const events: SweepEvent[] = [];
  const executor = localExecutor({ parallel: 2, engine: 'cpu', trialModule: fakeTrial, command: sourceCommand });
  const summary = await runSweep(config, {
    ...options,
    dir,
    executor,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  const started = events.flatMap((event) => (event.type === 'start' ? event.id : []));
  return { summary, events, started };
}

const statuses = ({ trials }: SweepSummary) => Object.fromEntries(trials.map(({ id, status }) => [id, status]));

describe('a part of a run', () => {
  it('runs in the order of the config, and of those that are chosen alone; the folder keeps the whole plan', async () => {
    const dir = join(temporaryFolder(), 'run');
    const started: string[] = [];
    // Notes what it is given, and runs nothing.
    const executor: Executor = {
      async execute(jobs) {
        started.push(...jobs.map(({ id }) => id));
      },
    };
    const config = tinyConfig('order=random');
    await runSweep(config, { dir, executor });
    expect(started).toEqual(orderTrials(planTrials(config), config).map(({ id }) => id));
    expect(started).not.toEqual([OFF_256, CLIP_256, OFF_512, CLIP_512]);
    started.length = 0;
    const asked: number[] = [];
    const summary = await runSweep(FOUR, {
      dir,
      executor,
      select: (records) => selectTrials(records, { where: ['batchSize=512'] }),
      onEvent: (event) => {
        if (event.type === 'plan') asked.push(event.records.length);
      },
    });
    expect(started).toEqual([OFF_512, CLIP_512]);
    expect(asked).toEqual([2]);
    expect(summary.trials.map(({ id }) => id)).toEqual(IDS);
  });

  it('may be what failed alone', () => {
    const startedAt = '2026-01-01T00:00:00Z';
    const records = planTrials(FOUR).map((trial, i) => ({
      trial,
      ...(i === 0
        ? {}
        : { status: { status: i === 2 ? ('failed' as const) : ('done' as const), step: 1, metrics: {}, startedAt } }),
    }));
    expect(selectTrials(records, { retry: 'failed' }).map(({ trial }) => trial.id)).toEqual([CLIP_256]);
    expect(selectTrials(records, { retry: 'failed', where: ['batchSize=512'] })).toEqual([]);
  });
});

describe('a run', () => {
  it('leaves a folder per trial, the summary and the report, and does nothing when repeated', async () => {
    const dir = join(temporaryFolder(), 'run');
    const { summary, started } = await run(dir, FOUR);
    // Small batches, which take the most steps, come first.
    expect(started).toEqual([OFF_256, CLIP_256, OFF_512, CLIP_512]);
    // The fake trial diverges without clipping at a batch above 500.
    expect(statuses(summary)).toEqual({
      [OFF_256]: 'done',
      [OFF_512]: 'diverged',
      [CLIP_256]: 'done',
      [CLIP_512]: 'done',
    });
    expect(summary.trials[1]).toMatchObject({ step: 3, steps: 4, reason: 'loss is NaN', learningRate: 0.2 });
    expect(summary.best?.trials).toEqual([OFF_256]);

    // Where the source that runs is not committed, its diff is kept too.
    expect(
      readdirSync(dir)
        .filter((name) => name !== 'sources')
        .sort(),
    ).toEqual(['figures', 'importance.json', 'index.sqlite', 'plan.json', 'report.html', 'summary.json', 'trials']);
    const trial = runFiles(dir).trial(CLIP_256);
    expect(readdirSync(trial).sort()).toEqual([
      'config.json',
      'environment.json',
      'lease-1',
      'log.txt',
      'metrics.jsonl',
      'status.json',
    ]);
    expect(readStatus(trial)).toMatchObject({ status: 'done', step: 8, metrics: { accuracy: 0.9 } });
    // Eight steps and two epochs.
    expect(
      readMetrics(trial)
        .map(({ type }) => type[0])
        .join(''),
    ).toBe('ssssesssse');
    expect(JSON.parse(readFileSync(trialFiles(trial).environment, 'utf8'))).toMatchObject({
      engine: 'fake cpu',
      engineReason: 'the test asked for it',
      versions: { node: process.versions.node, '@tensorflow/tfjs-core': expect.stringMatching(/^4\./) },
      cpu: expect.any(String),
    });
    expect(JSON.parse(readFileSync(runFiles(dir).summary, 'utf8'))).toEqual(JSON.parse(JSON.stringify(summary)));

    const again = await run(dir, FOUR);
    expect(again.started).toEqual([]);
    expect(again.summary).toEqual(summary);
  });

  it('tells of its progress', async () => {
    const { events } = await run(
      join(temporaryFolder(), 'run'),
      tinyConfig('axes.clipFactor=0.01', 'axes.batchSize=512'),
    );
    const progress = events.flatMap((event) => (event.type === 'progress' ? event.event.type : event.type));
    expect([progress.slice(0, 4), progress.at(-1)]).toEqual([['plan', 'start', 'engine', 'step'], 'end']);
    expect(progress.filter((type) => type === 'epoch')).toHaveLength(2);
  });

  it('continues in its folder when an axis got another value, and only runs what is new', async () => {
    const dir = join(temporaryFolder(), 'run');
    await run(dir, tinyConfig('axes.batchSize=512'));
    const { started, summary } = await run(dir, FOUR);
    expect(started).toEqual([OFF_256, CLIP_256]);
    expect(summary.counts).toEqual({ done: 3, diverged: 1 });
  });

  it('refuses the folder of another plan, and says what differs', async () => {
    const dir = join(temporaryFolder(), 'run');
    await run(dir, TWO);
    const before = readFileSync(runFiles(dir).plan, 'utf8');
    await expect(run(dir, tinyConfig('axes.batchSize=256', 'trial.epochs=3'))).rejects.toThrow(
      `${dir}: this folder belongs to another plan:\n  trial.epochs is 3 now, 2 in the folder\nGive another folder with --out,`,
    );
    await expect(run(dir, tinyConfig('axes.batchSize=256', 'axes.clipFactor=off,0.02'))).rejects.toThrow(
      '\n  clipFactor 0.01 is in the folder but no longer planned\n',
    );
    expect(readFileSync(runFiles(dir).plan, 'utf8')).toBe(before);
  });
});

describe('a run that asks for a part of its folder', () => {
  it('makes only that, keeps the plan, and reports all', async () => {
    const dir = join(temporaryFolder(), 'run');
    mkdirSync(dir);
    layOutRun(dir, FOUR, planTrials(FOUR));
    const before = readFileSync(runFiles(dir).plan, 'utf8');
    const { started, summary, events } = await run(dir, TWO);
    expect(started.sort()).toEqual([OFF_256, CLIP_256].sort());
    expect(summary.counts).toEqual({ done: 2, queued: 2 });
    expect(events).toContainEqual({
      type: 'note',
      text: '2 of the 4 trials of this folder are asked for; the report has all.',
    });
    expect(readFileSync(runFiles(dir).plan, 'utf8')).toBe(before);
    expect((await run(dir, FOUR)).started.sort()).toEqual([OFF_512, CLIP_512].sort());
  });
});

describe('a trial that goes wrong', () => {
  it('is failed when its process is killed; the others go on, and the next run repeats only that one', async () => {
    const dir = join(temporaryFolder(), 'run');
    let victim: number | undefined;
    const slow = tinyConfig('trial.momentum=0.5', 'axes.batchSize=256');
    const [first, other] = planTrials(slow).map(({ id }) => id);
    const { summary, events } = await run(dir, slow, {
      onEvent: (event) => {
        if (event.type === 'start' && event.id === first) victim = event.pid;
        const hasStepped = event.type === 'progress' && event.id === first && event.event.type === 'step';
        if (hasStepped) process.kill(victim!, 'SIGKILL');
      },
    });
    expect(statuses(summary)[first!]).toBe('failed');
    expect(summary.trials[0]!.reason).toMatch(/^killed by SIGKILL/);
    expect(statuses(summary)[other!]).toBe('done');
    expect(events.at(-1)!.type).toBe('end');

    const again = await run(dir, slow);
    expect(again.started).toEqual([first]);
    expect(again.summary.counts).toEqual({ done: 2 });
  });

  it('is failed with its message and its stack when it throws', async () => {
    const dir = join(temporaryFolder(), 'run');
    const { summary, events } = await run(
      dir,
      tinyConfig('trial.seed=13', 'axes.batchSize=256', 'axes.clipFactor=off'),
    );
    expect(summary.trials[0]).toMatchObject({ status: 'failed', reason: 'the dataset is haunted' });
    const end = events.find((event) => event.type === 'end');
    expect(end?.output).toMatch(/Error: the dataset is haunted\n.*at .*fake-trial\.mjs/s);
    const log = readFileSync(trialFiles(runFiles(dir).trial(summary.trials[0]!.id)).log, 'utf8');
    expect(log).toContain('the dataset is haunted');
  });

  it('is failed when its process cannot start', async () => {
    const dir = join(temporaryFolder(), 'run');
    const executor = localExecutor({ parallel: 2, engine: 'cpu', command: ['/no/such/program'] });
    const summary = await runSweep(tinyConfig('axes.batchSize=256'), { dir, executor });
    expect(summary.counts).toEqual({ failed: 2 });
    expect(summary.trials[0]!.reason).toMatch(/could not be started: .*ENOENT/);
  });
});

describe('a trial whose process breaks down', () => {
  const execute = (dir: string, config: SweepConfig, onEvent: (event: SweepEvent) => void, parallel = 1) =>
    runSweep(config, {
      dir,
      onEvent,
      executor: localExecutor({
        parallel,
        engine: 'cpu',
        trialModule: resumingTrial,
        command: sourceCommand,
        restarts: 2,
        availableMemory: () => 0,
        gpus: ['3', '5'],
      }),
    });
  const one = (...overrides: string[]) => tinyConfig('axes.batchSize=256', 'axes.clipFactor=off', ...overrides);

  it('is tried again from its checkpoint, and the sweep tells so at once', async () => {
    const dir = join(temporaryFolder(), 'run');
    const events: SweepEvent[] = [];
    const summary = await execute(dir, one('trial.seed=7'), (event) => events.push(event));
    expect(summary.counts).toEqual({ done: 1 });
    expect(events.filter(({ type }) => type === 'restart')).toMatchObject([
      { restart: 1, restarts: 2, reason: 'killed by SIGKILL' },
    ]);
    const resumed = events.flatMap((event) =>
      event.type === 'progress' && event.event.type === 'resume' ? event.event.step : [],
    );
    expect(resumed).toEqual([4]);
  });

  it('is failed when it breaks down every time', async () => {
    const dir = join(temporaryFolder(), 'run');
    const starts: string[] = [];
    const summary = await execute(dir, one('trial.seed=8'), ({ type }) => starts.push(type));
    expect(starts.filter((type) => type === 'start' || type === 'restart' || type === 'end').join(' ')).toBe(
      'start restart start restart start end',
    );
    expect(summary.trials[0]).toMatchObject({
      status: 'failed',
      step: 5,
      reason: expect.stringMatching(/^killed by SIGKILL/),
    });
  });

  it('waits with a trial that does not fit into memory beside the others', async () => {
    const dir = join(temporaryFolder(), 'run');
    // How much a trial takes is not known before the first has ended; nothing is free, so that then they run one by one.
    await execute(dir, one(), () => {});
    let most = 0;
    let running = 0;
    const summary = await execute(
      dir,
      tinyConfig('axes.batchSize=256,512'),
      ({ type }) => {
        if (type === 'start') most = Math.max(most, ++running);
        if (type === 'end') running--;
      },
      2,
    );
    expect(summary.counts).toEqual({ done: 4 });
    expect(most).toBe(1);
  });
});

describe.runIf(existsSync('/dev/full'))('a full disk', () => {
  it('fails the trial that meets it with the way out, and leaves the others alone', async () => {
    const dir = join(temporaryFolder(), 'run');
    const trial = runFiles(dir).trial(CLIP_256);
    mkdirSync(trial, { recursive: true });
    symlinkSync('/dev/full', trialFiles(trial).metrics);
    const { summary } = await run(dir, TWO);
    expect(summary.counts).toEqual({ done: 1, failed: 1 });
    expect(summary.trials[1]!.reason).toMatch(
      /metrics\.jsonl: no space left on the disk \(ENOSPC\)\. Free some .* run the same command again/,
    );
  });

  it('keeps the reason of a failure that it cannot write down', async () => {
    const dir = join(temporaryFolder(), 'run');
    const trial = runFiles(dir).trial(CLIP_256);
    mkdirSync(trial, { recursive: true });
    symlinkSync('/dev/full', trialFiles(trial).metrics);
    symlinkSync('/dev/full', trialFiles(trial).status);
    const { summary } = await run(dir, TWO);
    expect(summary.trials[1]).toMatchObject({ status: 'failed', reason: expect.stringContaining('no space left') });
  });

  it('stops the sweep when the summary does not fit, and loses no trial', async () => {
    const dir = join(temporaryFolder(), 'run');
    mkdirSync(dir, { recursive: true });
    symlinkSync('/dev/full', runFiles(dir).summary);
    await expect(run(dir, TWO)).rejects.toThrow(/summary\.json: no space left on the disk/);
    expect([OFF_256, CLIP_256].map((id) => readStatus(runFiles(dir).trial(id))?.status)).toEqual(['done', 'done']);
  });
});

describe('two runs of one folder', () => {
  it('do not work at the same time', async () => {
    const dir = join(temporaryFolder(), 'run');
    const first = run(dir, TWO);
    await expect(run(dir, TWO)).rejects.toThrow(
      `${dir}: another run (process ${process.pid} on ${processIdentity().host}) is working in this folder.`,
    );
    expect((await first).summary.counts).toEqual({ done: 2 });
  });

  it('recover the lock and the trials of a run that was killed', async () => {
    const dir = join(temporaryFolder(), 'run');
    await run(dir, TWO);
    // The number of a live process, but not the process it was.
    const dead = { ...processIdentity(), startTicks: '1' };
    writeFileSync(join(dir, 'lock.json'), JSON.stringify(dead));
    const { status } = trialFiles(runFiles(dir).trial(CLIP_256));
    writeFileSync(
      status,
      JSON.stringify({ status: 'running', step: 0, metrics: {}, startedAt: '2026-01-01T00:00:00Z', process: dead }),
    );
    const { started, summary } = await run(dir, TWO);
    expect(started).toEqual([CLIP_256]);
    expect(summary.counts).toEqual({ done: 2 });
    expect(existsSync(join(dir, 'lock.json'))).toBe(false);
  });
});

describe('a sweep that looks at its results', () => {
  it('stops a trial after an epoch that is worse than the others, and does not run it again', async () => {
    const dir = join(temporaryFolder(), 'run');
    // Batches of 256 make no pause, take twice the steps, and so end with lower losses before those of 512 begin.
    const config = tinyConfig(
      'trial.epochs=150',
      'axes.clipFactor=0.01,0.02',
      'axes.momentum=0.9,0.5',
      'zip=[[batchSize, momentum]]',
      'prune={rule: median, minTrials: 2, warmup: 2}',
    );
    const { summary } = await run(dir, config);
    expect(summary.counts).toEqual({ done: 2, pruned: 2 });
    const pruned = summary.trials.find(({ status }) => status === 'pruned')!;
    expect(pruned.reason).toMatch(/^its best loss after epoch \d+, [\d.]+, is worse than the median of [23] others, /);
    expect(pruned.step).toBeLessThan(pruned.steps);
    expect(pruned.metrics['loss']).toBeGreaterThan(0);
    expect((await run(dir, config)).started).toEqual([]);
  });

  it('searches a boundary round by round, and finds it again in its folder', async () => {
    const dir = join(temporaryFolder(), 'run');
    const config = tinyConfig('axes.clipFactor=null', 'boundary={axis: clipFactor, logRange: [1, 128], count: 8}');
    // Clip factors above 10 diverge: of 1, 2, 4, ... 128 the middle, 8, then 32, then 16.
    const { summary, started } = await run(dir, config);
    const tried = summary.trials.map(({ config: { clipFactor, batchSize }, status }) => [
      batchSize,
      clipFactor,
      status,
    ]);
    expect(tried).toEqual([
      [256, 8, 'done'],
      [512, 8, 'done'],
      [256, 32, 'diverged'],
      [512, 32, 'diverged'],
      [256, 16, 'diverged'],
      [512, 16, 'diverged'],
    ]);
    expect(started).toHaveLength(6);
    expect((await run(dir, config)).started).toEqual([]);
  });
});

describe('stopping', () => {
  it('preempts the running trials after a step and starts no more; the next run does the rest', async () => {
    const dir = join(temporaryFolder(), 'run');
    const slow = tinyConfig('trial.momentum=0.5');
    const stop = new AbortController();
    const { summary, started } = await run(dir, slow, {
      stop: stop.signal,
      onEvent: (event) => {
        if (event.type === 'progress' && event.event.type === 'step') stop.abort();
      },
    });
    expect(started).toHaveLength(2);
    expect(summary.counts).toEqual({ preempted: 2, queued: 2 });
    expect(summary.trials[0]!.reason).toBe('the sweep was stopped');
    expect(existsSync(runFiles(dir).summary)).toBe(true);
    expect((await run(dir, slow)).started).toHaveLength(4);
  });

  it('kills when told to, which is no failure of the trial', async () => {
    const dir = join(temporaryFolder(), 'run');
    const [stop, kill] = [new AbortController(), new AbortController()];
    const { summary } = await run(dir, tinyConfig('trial.momentum=0.5'), {
      stop: stop.signal,
      kill: kill.signal,
      onEvent: (event) => {
        if (event.type !== 'start') return;
        stop.abort();
        kill.abort();
      },
    });
    expect(summary.trials[0]).toMatchObject({ status: 'preempted', reason: 'the sweep was stopped (SIGKILL)' });
  });
});
