import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import initSqlJs from 'sql.js';
import { describe, expect, it } from 'vitest';
import { sourceCommand } from '../__fixtures__/source-command.js';
import { syntheticRecords, writeSyntheticRun, writeSyntheticTrial } from '../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { reindexCommand } from '../commands/reindex-command.js';
import type { FullTrialRecord } from '../schema/trial-record.js';
import { openRun, rebuildIndex, recordReader, updateIndex } from './open-run.js';
import { runFiles } from './run-folder.js';
import { trialFiles } from './trial-folder.js';

const { Database } = await initSqlJs();

/** 16 trials of two epochs' worth of steps: three unlike the others, which are done or diverged. */
function madeUp(): FullTrialRecord[] {
  const records = syntheticRecords({ clipFactors: [0.01, 0.16], batchSizes: [256, 512], seeds: 2, steps: 16 });
  return records.map((record, i) => {
    if (i === 0) return { trial: record.trial, metrics: [] };
    if (i === 1) return { ...record, status: { ...record.status!, status: 'running' } };
    if (i === 2) return { ...record, status: { ...record.status!, status: 'failed', reason: 'out of "memory"' } };
    return record;
  });
}

/** A run folder with these trials. */
function runOf(records: readonly FullTrialRecord[]): string {
  const dir = join(temporaryFolder(), 'run');
  writeSyntheticRun(dir, records);
  return dir;
}

/** Everything that is known of the trials of `dir`, as values. */
const known = async (dir: string) =>
  (await openRun(dir)).records.map(({ trial, status, environment, metrics }) => ({
    trial,
    status,
    environment,
    metrics,
  }));

/** The answer of the index of `dir` to `query`. */
function ask(dir: string, query: string): unknown[][] {
  const database = new Database(readFileSync(runFiles(dir).index));
  const [answer] = database.exec(query);
  database.close();
  return answer?.values ?? [];
}

describe('the index of a run folder', () => {
  it('has the trials, their epochs and their environments', async () => {
    const records = madeUp();
    const dir = runOf(records);
    expect(await rebuildIndex(dir)).toBe(records.length);
    const { trial, status, metrics } = records[4]!;
    expect(
      ask(
        dir,
        `SELECT status, step, clipFactor, batchSize, seed, accuracy, engine FROM trials WHERE id = '${trial.id}'`,
      ),
    ).toEqual([[status!.status, status!.step, 0.16, 256, 1, status!.metrics['accuracy'], 'native']]);
    expect(ask(dir, `SELECT epoch, accuracy FROM epochs WHERE id = '${trial.id}'`)).toEqual(
      metrics.flatMap((line) => (line.type === 'epoch' ? [[line.epoch, line.accuracy]] : [])),
    );
    expect(
      ask(dir, "SELECT status, count(*) FROM trials WHERE status IN ('queued', 'running', 'failed') GROUP BY 1"),
    ).toEqual([
      ['failed', 1],
      ['queued', 1],
      ['running', 1],
    ]);
    expect(ask(dir, "SELECT reason FROM trials WHERE status = 'failed'")).toEqual([['out of "memory"']]);
    expect(ask(dir, "SELECT json_extract(json, '$.cpu') FROM environments")).toEqual([['made up']]);
    expect(ask(dir, 'PRAGMA integrity_check')).toEqual([['ok']]);
  });

  it('tells what the files tell', async () => {
    const dir = runOf(madeUp());
    const before = await known(dir);
    expect(existsSync(runFiles(dir).index)).toBe(false);
    await updateIndex(dir);
    expect(await known(dir)).toEqual(before);
    const recordOf = await recordReader(dir);
    expect(before.map(({ trial }) => recordOf(trial).status)).toEqual(before.map(({ status }) => status));
  });

  it('is asked instead of the files of a trial that has ended', async () => {
    const records = madeUp();
    const dir = runOf(records);
    await updateIndex(dir);
    const before = await known(dir);
    for (const { trial } of records.slice(2)) {
      const { config, environment } = trialFiles(runFiles(dir).trial(trial.id));
      rmSync(config);
      rmSync(environment);
    }
    expect(await known(dir)).toEqual(before);
  });

  it('gives way to a status that was written since, and is brought up to date', async () => {
    const records = madeUp();
    const dir = runOf(records);
    await updateIndex(dir);
    const now = records.map((record, i): FullTrialRecord => {
      const change = { status: 'done', step: 99 } as const;
      return i === 1 || i === 2 ? { ...record, status: { ...record.status!, ...change } } : record;
    });
    for (const record of now.slice(1, 3)) writeSyntheticTrial(dir, record);
    const written = readFileSync(runFiles(dir).index);
    // A plan only looks.
    expect((await recordReader(dir))(now[1]!.trial).status).toEqual(now[1]!.status);
    expect(readFileSync(runFiles(dir).index).equals(written)).toBe(true);
    expect((await openRun(dir)).records.map(({ status }) => status)).toEqual(now.map(({ status }) => status));
    expect(ask(dir, 'SELECT count(*) FROM trials WHERE step = 99')).toEqual([[2]]);
    const inPlace = ask(dir, 'SELECT * FROM trials ORDER BY id');
    const epochs = ask(dir, 'SELECT * FROM epochs ORDER BY id, epoch');
    await rebuildIndex(dir);
    expect(ask(dir, 'SELECT * FROM trials ORDER BY id')).toEqual(inPlace);
    expect(ask(dir, 'SELECT * FROM epochs ORDER BY id, epoch')).toEqual(epochs);
    // With nothing new it is left alone.
    utimesSync(runFiles(dir).index, 1, 1);
    await openRun(dir);
    await updateIndex(dir);
    expect(readdirSync(dir).filter((name) => name.startsWith('index'))).toEqual(['index.sqlite']);
  });

  it('grows columns with the plan', async () => {
    const records = madeUp();
    const dir = runOf(records.slice(0, 8));
    await updateIndex(dir);
    const more = records.map((record, i): FullTrialRecord => {
      if (i < 8) return record;
      const { trial, status } = record;
      const config = { ...trial.config, ema: 0.99 };
      return {
        ...record,
        trial: { ...trial, config },
        status: { ...status!, metrics: { emaAccuracy: 0.5, EMALOSS: 1 } },
      };
    });
    writeSyntheticRun(dir, more);
    await openRun(dir);
    expect(ask(dir, 'SELECT ema, emaAccuracy, emaLoss, count(*) FROM trials GROUP BY 1, 2, 3')).toEqual([
      [null, null, null, 8],
      [0.99, 0.5, 1, records.length - 8],
    ]);
  });

  it.each([
    ['no database', 'what is this?'],
    ['half of one', 'half'],
    ['empty', ''],
  ])('that is %s is no loss', async (_, text) => {
    const dir = runOf(madeUp());
    const before = await known(dir);
    await updateIndex(dir);
    const { index } = runFiles(dir);
    writeFileSync(index, text === 'half' ? readFileSync(index).subarray(0, 6000) : text);
    expect(await known(dir)).toEqual(before);
    await updateIndex(dir);
    expect(ask(dir, 'SELECT count(*) FROM trials')).toEqual([[before.length]]);
  });

  it('of another version is made again', async () => {
    const dir = runOf(madeUp());
    const database = new Database();
    database.run('CREATE TABLE trials (other); PRAGMA user_version = 99');
    writeFileSync(runFiles(dir).index, database.export());
    database.close();
    const { records } = await openRun(dir);
    await updateIndex(dir);
    expect(ask(dir, 'SELECT count(*) FROM sources')).toEqual([[records.length - 2]]);
  });

  it('that cannot be written stops nobody', async () => {
    const records = madeUp();
    const dir = runOf(records);
    await updateIndex(dir);
    const { index } = runFiles(dir);
    // As on a read-only disk: nothing can be made beside it.
    mkdirSync(`${index}.${hostname()}-${process.pid}.tmp`);
    writeSyntheticTrial(dir, { ...records[3]!, status: { ...records[3]!.status!, step: 98 } });
    expect((await openRun(dir)).records[3]!.status!.step).toBe(98);
    expect(ask(dir, 'SELECT count(*) FROM trials WHERE step = 98')).toEqual([[0]]);
    await expect(reindexCommand(dir)).rejects.toThrow(
      /index\.sqlite cannot be written \((ERR_FS_)?EISDIR\)\. Nothing but your own/,
    );
  });

  it('is whole whoever writes it at the same time', async () => {
    const dir = runOf(madeUp());
    const before = await known(dir);
    const [program, ...args] = sourceCommand;
    const writers = [1, 2, 3].map(() =>
      spawn(program, [...args, 'reindex', dir], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const ends = writers.map((writer) => once(writer, 'exit'));
    while (writers.some(({ exitCode }) => exitCode === null)) {
      if (existsSync(runFiles(dir).index)) expect(ask(dir, 'SELECT count(*) FROM trials')).toEqual([[before.length]]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0]);
    expect(await known(dir)).toEqual(before);
  });
});

it('says what is no run folder', async () => {
  await expect(openRun(temporaryFolder())).rejects.toThrow(/is no run folder \(it has no plan\.json\)/);
  await expect(rebuildIndex(temporaryFolder())).rejects.toThrow(/is no run folder/);
});
