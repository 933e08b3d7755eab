import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CONFIG_TEXT, tinyConfig } from '../../__fixtures__/quick-config.js';
import { hasSlurm, startCluster } from '../../__fixtures__/slurm-cluster.js';
import { resumingTrial, sourceCommand } from '../../__fixtures__/source-command.js';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.js';
import { until } from '../../__fixtures__/until.js';
import { slurmArguments } from '../../commands/slurm-arguments.js';
import type { SweepConfig } from '../../schema/sweep-schema.js';
import { runFiles } from '../../store/run-folder.js';
import { readMetrics, readStatus } from '../../store/trial-folder.js';
import { type RunSweepOptions, runSweep, type SweepEvent } from '../run-sweep.js';
import { arrayScript, chunks } from './array-script.js';
import { type SlurmExecutorOptions, slurmExecutor } from './slurm-executor.js';
import { parseSqueue } from './slurm-programs.js';
import { dealSlots } from './slurm-slots.js';

const settings: SlurmExecutorOptions = {
  ...{ engine: 'cpu', parallel: 2, restarts: 2, arguments: ['--cpus-per-task=1'], pollSeconds: 0.3 },
  trialModule: resumingTrial,
  command: sourceCommand,
};

function run(
  dir: string,
  config: SweepConfig,
  options: RunSweepOptions = {},
  other: Partial<SlurmExecutorOptions> = {},
) {
  const events: SweepEvent[] = [];
  const executor = slurmExecutor({ ...settings, ...other });
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
const manifests = (dir: string) => readdirSync(join(dir, 'slurm')).filter((name) => name.endsWith('.txt'));

/** What `squeue` says of the tasks; nothing while the controller is too busy to answer. */
function taskStates(): string {
  try {
    return execFileSync('squeue', ['-h', '-r', '-o', '%T'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

describe.skipIf(!hasSlurm())('the slurm executor (as root: apt-get install slurm-wlm munge)', () => {
  it('runs an array; when a node loses power and the sweep is stopped, the next run submits only what is unfinished', async () => {
    const folder = temporaryFolder();
    const cluster = await startCluster(join(folder, 'cluster'), onTestFinished);
    const dir = join(folder, 'run');
    const config = tinyConfig('trial.momentum=0.5', 'axes.batchSize=128,256,512', 'axes.clipFactor=0.01');
    const stop = new AbortController();
    const isCut = () => stop.signal.aborted;
    const first = run(dir, config, {
      stop: stop.signal,
      onEvent: (event) => {
        if (isCut() || event.type !== 'progress' || event.event.type !== 'step') return;
        // Slurm tells nothing of a node that is gone for a while; a user does not wait so long.
        cluster.cutPower('n2');
        stop.abort();
      },
    });
    const { counts } = await first.summary;
    expect(isCut()).toBe(true);
    expect((counts.done ?? 0) + (counts.preempted ?? 0) + (counts.queued ?? 0)).toBe(3);
    expect(manifests(dir)).toHaveLength(1);

    const second = run(dir, config);
    const { trials } = await second.summary;
    expect(trials.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    for (const { id, steps: count } of trials) {
      expect(steps(runFiles(dir).trial(id))).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    }
    const [, resubmitted] = manifests(dir)
      .map(
        (name) =>
          readFileSync(join(dir, 'slurm', name), 'utf8')
            .trim()
            .split('\n').length,
      )
      .toSorted((a, b) => b - a);
    expect(resubmitted ?? 0).toBe(3 - (counts.done ?? 0));
  });

  it('finds its tasks again when the process that submitted them was killed', async () => {
    const folder = temporaryFolder();
    await startCluster(join(folder, 'cluster'), onTestFinished);
    const dir = join(folder, 'run');
    writeFileSync(join(folder, 'tiny.yaml'), CONFIG_TEXT);
    const overrides = ['trial.momentum=0.5', 'trial.epochs=12', 'axes.batchSize=256', 'axes.clipFactor=off,0.01'];
    const [program, ...prefix] = sourceCommand;
    const args = ['run', join(folder, 'tiny.yaml'), ...overrides, '--out', dir, '--trial-module', resumingTrial];
    const first = spawn(program, [...prefix, ...args, '--executor', 'slurm', '--slurm', '--cpus-per-task=1 --mem=0']);
    onTestFinished(() => void first.kill('SIGKILL'));
    await until(() => taskStates() === 'RUNNING\nRUNNING\n');
    first.kill('SIGKILL');
    await until(() => first.signalCode === 'SIGKILL');

    const { trials } = await run(dir, tinyConfig(...overrides)).summary;
    expect(trials.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(manifests(dir)).toHaveLength(1);
    for (const { id } of trials) expect(readStatus(runFiles(dir).trial(id))?.attempt).toBe(1);
  });
});

/** Puts a program `name` before the real one, which fails at the calls `fails` (from 1) with `message`. */
function failing(folder: string, name: string, fails: readonly number[], message: string): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const cases = fails.length > 0 ? `case "$n" in ${fails.join('|')}) echo '${message}' >&2; exit 1 ;; esac` : '';
  const text = `#!/bin/sh\necho "$@" >> ${bin}/${name}.calls\nn=$(wc -l < ${bin}/${name}.calls)\n${cases}\nexec /usr/bin/${name} "$@"\n`;
  writeFileSync(join(bin, name), text, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
}

const calls = (folder: string, name: string) =>
  readFileSync(join(folder, 'bin', `${name}.calls`), 'utf8')
    .trim()
    .split('\n');

describe.skipIf(!hasSlurm())(
  'the slurm executor on a cluster that is not simple (as root: apt-get install slurm-wlm munge)',
  () => {
    afterEach(() => void vi.unstubAllEnvs());

    it('runs no more trials at a time than it should, over several arrays, failed calls and whatever the user has set', async () => {
      const folder = temporaryFolder();
      await startCluster(join(folder, 'cluster'), onTestFinished, { MaxArraySize: 3 });
      const dir = join(folder, '100 %A run');
      failing(folder, 'sbatch', [1, 3], 'sbatch: error: Batch job submission failed: Socket timed out');
      failing(folder, 'squeue', [1, 9], 'slurm_load_jobs error: Unable to contact slurm controller');
      failing(folder, 'scontrol', [3], 'Unable to contact slurm controller');
      // What hides tasks, and what a job around this process would leave.
      const hostile = {
        SQUEUE_STATES: 'RUNNING',
        SQUEUE_PARTITION: 'none',
        SQUEUE_USERS: 'nobody',
        SQUEUE_FORMAT: '%i',
      };
      const changing = {
        SBATCH_NO_REQUEUE: '1',
        SBATCH_OPEN_MODE: 'truncate',
        SBATCH_SIGNAL: 'KILL@9',
        SBATCH_ARRAY_INX: '7',
      };
      const outer = {
        SLURM_ARRAY_TASK_ID: '5',
        SLURM_RESTART_COUNT: '3',
        SLURM_CPUS_PER_TASK: '64',
        SLURM_JOB_ID: '4',
      };
      for (const [name, value] of Object.entries({ ...hostile, ...changing, ...outer })) vi.stubEnv(name, value);

      const config = tinyConfig('trial.momentum=0.5', 'axes.batchSize=256,512,1024', 'axes.clipFactor=0.01,off');
      const { summary, events } = run(dir, config, {}, { parallel: 1 });
      const { trials } = await summary;
      expect(trials.map(({ status }) => status)).toEqual(Array(6).fill('done'));
      const spans = trials
        .map(({ id }) => readStatus(runFiles(dir).trial(id))!)
        .map(({ startedAt, endedAt }) => [Date.parse(startedAt), Date.parse(endedAt!)] as const)
        .toSorted(([a], [b]) => a - b);
      for (const [i, [start]] of spans.slice(1).entries()) expect(start).toBeGreaterThanOrEqual(spans[i]![1]);
      for (const { id } of trials) expect(readStatus(runFiles(dir).trial(id))?.attempt).toBe(1);
      expect(manifests(dir)).toHaveLength(2);
      expect(calls(folder, 'sbatch')).toHaveLength(4);
      const notes = events.flatMap((event) => (event.type === 'note' ? event.text : []));
      expect(notes[0]).toMatch(/Socket timed out\nIt is tried again every 0.3 s; nothing is lost\.$/);
      expect(existsSync(join(dir, 'slurm', manifests(dir)[0]!.replace('.txt', '.log')))).toBe(true);
    });

    it('shares the slots with what a killed sweep left, and submits a preempted trial again', async () => {
      const folder = temporaryFolder();
      await startCluster(join(folder, 'cluster'), onTestFinished);
      const dir = join(folder, 'run');
      const config = tinyConfig(
        'trial.momentum=0.5',
        'trial.epochs=6',
        'axes.batchSize=256,512',
        'axes.clipFactor=off,0.01',
      );
      let most = 0;
      const running = () =>
        taskStates()
          .split('\n')
          .filter((state) => state === 'RUNNING').length;
      // Leaves its tasks in the cluster, as a process that was killed does.
      const executor = slurmExecutor({ ...settings, parallel: 2 });
      await expect(
        runSweep(config, {
          dir,
          executor,
          onEvent: ({ type }) => {
            if (type === 'progress') throw new Error('killed');
          },
        }),
      ).rejects.toThrow('killed');
      let isPreempted = false;
      const second = run(
        dir,
        config,
        {
          onEvent: (event) => {
            if (event.type === 'end') most = Math.max(most, running());
            if (event.type !== 'progress' || isPreempted) return;
            // It may have ended just now.
            const args = ['--signal=TERM', '--batch', '--state=RUNNING', '--user=root'];
            isPreempted = spawnSync('scancel', args).status === 0;
          },
        },
        { parallel: 1 },
      );
      const { trials } = await second.summary;
      expect(trials.map(({ status }) => status)).toEqual(Array(4).fill('done'));
      expect(isPreempted).toBe(true);
      expect(most).toBeLessThanOrEqual(1);
      for (const { id, steps: count } of trials) {
        expect(steps(runFiles(dir).trial(id))).toEqual(Array.from({ length: count }, (_, i) => i + 1));
      }
    });

    it('says what sbatch refuses for good, and cuts arrays that are too large for the user', async () => {
      const folder = temporaryFolder();
      await startCluster(join(folder, 'cluster'), onTestFinished);
      const config = tinyConfig('axes.batchSize=256,512,1024', 'axes.clipFactor=0.01,off');
      const refused = run(join(folder, 'a'), config, {}, { arguments: ['--partition=none'] });
      await expect(refused.summary).rejects.toThrow(/invalid partition specified: none/);
      failing(folder, 'sbatch', [1], 'sbatch: error: AssocMaxSubmitJobLimit');
      const { trials } = await run(join(folder, 'b'), config).summary;
      expect(trials.map(({ status }) => status)).toEqual(Array(6).fill('done'));
      expect(
        calls(folder, 'sbatch')
          .map((call) => /--array=(\S+)%/.exec(call)![1])
          .slice(0, 2),
      ).toEqual(['0-5', '0-2']);
    });
  },
);

describe('slots', () => {
  const load = fc.record({ running: fc.nat(5), pending: fc.nat(9), isHeld: fc.boolean() });

  it('are never more than there are, however the arrays go on by themselves, and none stays free', () => {
    fc.assert(
      fc.property(fc.array(load, { maxLength: 6 }), fc.integer({ min: 1, max: 12 }), (loads, parallel) => {
        const arrays = loads.map((load, id) => ({ ...load, id: String(id) }));
        const slots = new Map(dealSlots(arrays, parallel).map(({ id, slots }) => [id, slots]));
        const running = arrays.reduce((sum, { running }) => sum + running, 0);
        const most = arrays.reduce((sum, { id, running }) => sum + (slots.get(id) || running), 0);
        const pending = arrays.reduce((sum, { pending }) => sum + pending, 0);
        // What runs already is not ended.
        expect(most).toBe(Math.max(running, Math.min(parallel, running + pending)));
      }),
    );
  });

  it('go to the array that was first', () => {
    const of = (id: string, running: number, pending: number) => ({ id, running, pending, isHeld: false });
    expect(dealSlots([of('a', 2, 1), of('b', 1, 5), of('c', 0, 1)], 6)).toEqual([
      { id: 'a', slots: 3 },
      { id: 'b', slots: 3 },
      { id: 'c', slots: 0 },
    ]);
    // One that has all its slots keeps them: what ends makes room for its next task.
    expect(dealSlots([of('a', 2, 1), of('b', 1, 1)], 3)).toEqual([
      { id: 'a', slots: 2 },
      { id: 'b', slots: 1 },
    ]);
  });
});

describe('arguments for sbatch', () => {
  it.each([
    ['', []],
    [`--comment='two words' -p gpu  --gres=gpu:1`, ['--comment=two words', '-p', 'gpu', '--gres=gpu:1']],
    [
      `--constraint="[rack1|rack2]" --mem 0 -n2 --comment=a\\ b`,
      ['--constraint=[rack1|rack2]', '--mem', '0', '-n2', '--comment=a b'],
    ],
  ])('are the words of %s', (text, words) => {
    expect(slurmArguments(text)).toEqual(words);
  });

  it.each([
    ["--comment='two words", 'Unmatched quote'],
    ['--comment=two words', '"words" belongs to no option. Quote values with blanks'],
    ['script.sh', '"script.sh" belongs to no option'],
    ['--job-name=mine', '--job-name=mine: nf-sweeps finds its tasks again by their names.'],
    ['-J mine', '-J: nf-sweeps finds its tasks again by their names.'],
    ['--job=mine', '--job=mine: nf-sweeps finds its tasks again'],
    ['--j=mine', '--j=mine: nf-sweeps finds its tasks again'],
    ['--ho', '--ho: nf-sweeps holds'],
    ['--array=0-3', '--array=0-3: the trials are the array'],
    ['-a0-3', '-a0-3: the trials are the array'],
    ['--no-requeue', '--no-requeue: trials are always requeued.'],
    ['--hold', '--hold: nf-sweeps holds'],
    ['-M other', '-M: tasks on other clusters are not looked for.'],
  ])('are not %s', (text, message) => {
    expect(() => slurmArguments(text)).toThrow(message);
  });
});

describe('a job array', () => {
  it('is a script whose tasks become the processes of their trials', () => {
    const script = arrayScript({
      manifest: "/shared/o'brien/m.txt",
      command: ['/usr/bin/node', '/opt/cli.js'],
      engine: 'native',
    });
    expect(script.split('\n')).toEqual([
      '#!/bin/sh',
      '#SBATCH --requeue',
      '#SBATCH --open-mode=append',
      '#SBATCH --signal=B:USR1@120',
      `dir=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" '/shared/o'\\''brien/m.txt')`,
      `threads=\${SLURM_CPUS_PER_TASK:-\${SLURM_CPUS_ON_NODE:-1}}`,
      'export OMP_NUM_THREADS="$threads" TF_NUM_INTRAOP_THREADS="$threads" TF_NUM_INTEROP_THREADS=1',
      'exec >> "$dir/log.txt" 2>&1',
      `exec '/usr/bin/node' '/opt/cli.js' 'run-trial' "$dir" --engine native --threads "$threads"`,
      '',
    ]);
  });

  it('starts the workers of a trial as tasks of a step, which meet at the addresses that Slurm has of their nodes', async () => {
    const script = arrayScript({
      ...{ manifest: '/m.txt', command: ['node', 'cli.js'], engine: 'native', workers: 3, trustNetwork: true },
    });
    expect(script.trimEnd().split('\n').at(-1)).toBe(
      `exec srun --ntasks=3 --cpus-per-task="$threads" --kill-on-bad-exit=0 --wait=45 --input=none 'node' 'cli.js' 'run-trial' "$dir" --engine native --threads "$threads" --workers 3 --trust-network`,
    );
    const folder = temporaryFolder();
    const scontrol = `case "$2" in hostnames) printf 'n1\nn2\n' ;; *) echo "NodeName=$4 Arch=x86_64 NodeAddr=10.0.0.\${4#n} NodeHostName=$4" ;; esac`;
    writeFileSync(join(folder, 'scontrol'), `#!/bin/sh\n${scontrol}\n`, { mode: 0o755 });
    const lines = script.split('\n').slice(8, -2).join('\n');
    const env = { PATH: `${folder}:${process.env['PATH']}`, SLURM_JOB_ID: '7001', SLURM_JOB_NODELIST: 'n[1-2]' };
    const shown = `${lines}\necho "$NFNETS_NODES $NFNETS_PORT $threads"`;
    expect(execFileSync('sh', ['-c', shown], { env, encoding: 'utf8' })).toBe('10.0.0.1,10.0.0.2 11003 1\n');
  });

  it('comes in chunks, and its tasks are read from squeue', () => {
    expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunks([], 2)).toEqual([]);
    expect(parseSqueue('nf-sweeps-a 0 RUNNING\nnf-sweeps-a 12 PENDING\n')).toEqual([
      { name: 'nf-sweeps-a', task: 0, state: 'RUNNING' },
      { name: 'nf-sweeps-a', task: 12, state: 'PENDING' },
    ]);
  });
});
