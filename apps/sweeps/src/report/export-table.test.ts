import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { planTrials } from '../plan/plan-trials.js';
import type { FullTrialRecord } from '../schema/trial-record.js';
import type { TrialStatus } from '../schema/trial-status.js';
import { type ExportTable, epochTable, parquetColumns, trialTable } from './export-table.js';

const TIMES = { startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:00:02.500Z' };
const records = (settings: readonly string[], ...statuses: (Partial<TrialStatus> | undefined)[]): FullTrialRecord[] =>
  planTrials(tinyConfig('axes.batchSize=256', ...settings)).map((trial, i) => ({
    trial,
    metrics: [],
    environment: { engine: 'wasm' },
    ...(statuses[i] ? { status: { status: 'done', step: 8, metrics: {}, ...TIMES, ...statuses[i] } } : {}),
  }));

const parquet = (table: ExportTable) => parquetWriteBuffer({ columnData: parquetColumns(table) as never });
const schemaOf = (table: ExportTable) =>
  parquetMetadata(parquet(table)).schema.map(({ name, type, converted_type }) => [name, type, converted_type]);

describe('the table of trials', () => {
  it('has the same columns and types whatever the sweep, so that tables can be joined', () => {
    const plain = trialTable(records([], { metrics: { accuracy: 0.9, loss: 0.4 } }, { metrics: { accuracy: 0.8 } }));
    const other = trialTable(
      records(
        [
          'trial.epochs=null',
          'trial.steps=7',
          'trial.clipFactor=0.5',
          'trial.step={name: sam}',
          'trial.ema=0.9',
          'trial.seed=20231',
        ],
        undefined,
        { status: 'diverged', reason: 'the loss is NaN', lostAt: 2, step: 3, lastLoss: Number.NaN },
      ),
    );
    expect(schemaOf(other)).toEqual(schemaOf(plain));
    expect(Object.keys(plain.rows[0]!)).toEqual(Object.keys(plain.columns));
    expect(plain.columns).toMatchObject({
      seed: 'INT64',
      step: 'INT64',
      clipFactor: 'STRING',
      learningRate_base: 'DOUBLE',
      engine: 'STRING',
    });
  });

  it('has the defaults, the engine, and the last values of a trial that diverged or was pruned', () => {
    const table = trialTable(
      records(
        [],
        {
          status: 'diverged',
          reason: 'loss is "NaN"',
          step: 3,
          lostAt: 2,
          lastLoss: Number.NaN,
          metrics: { accuracy: 0.1, loss: 9 },
        },
        { status: 'pruned', reason: 'slow', metrics: { loss: 2 } },
      ),
    );
    expect(table.rows[0]).toMatchObject({
      status: 'diverged',
      step: 3,
      lostAt: 2,
      lastLoss: Number.NaN,
      seconds: 2.5,
      engine: 'wasm',
      clipFactor: 'off',
      optimizer: 'sgd',
      steps: 8,
      repeat: 1,
      dataset_splitSeed: 1,
      learningRate: 0.1,
      accuracy: 0.1,
      loss: 9,
    });
    expect(table.rows[1]).toMatchObject({ status: 'pruned', loss: 2, accuracy: null });
  });

  it('tells of a rule of clipping what it was set to, and nothing of the clip factor', () => {
    const [record] = records([], {});
    const { clipFactor: _, ...config } = record!.trial.config;
    const clip = { rule: 'adagc' as const, factor: 1.1 };
    const ofRule = {
      ...record!,
      trial: { ...record!.trial, config: { ...config, clip } as FullTrialRecord['trial']['config'] },
    };
    const [row] = trialTable([ofRule]).rows;
    expect(row).toMatchObject({
      clip_rule: 'adagc',
      clip_factor: 1.1,
      clip_beta: null,
      clipFactor: null,
      clipEps: null,
      clipExclude: null,
    });
  });

  it("puts what a trial function of one's own measured behind the rest", () => {
    const { columns } = trialTable(records([], { metrics: { 'top 5': 1, seconds: 2, loss: 1 } }));
    expect(Object.keys(columns).slice(-2)).toEqual(['top_5', 'metrics_seconds']);
  });

  it('becomes Parquet that reads back as it was', async () => {
    const table = trialTable(records([], { metrics: { loss: Number.NaN } }));
    const [first, second] = await parquetReadObjects({ file: parquet(table) });
    expect(first).toEqual({
      ...table.rows[0],
      ...Object.fromEntries(
        Object.entries(table.columns).flatMap(([name, type]) => {
          const value = table.rows[0]![name];
          return type === 'INT64' && value !== null ? [[name, BigInt(value as number)]] : [];
        }),
      ),
    });
    // A clip factor is a number or "off": such a column is text.
    expect(second).toMatchObject({ clipFactor: '0.01', status: 'queued', seconds: null });
  });
});

it('the table of epochs has a row for each end of one', () => {
  const line = {
    type: 'epoch',
    epoch: 1,
    step: 4,
    samples: 1024,
    seconds: 2,
    loss: Number.NaN,
    accuracy: 0.1,
  } as const;
  const { rows, columns } = epochTable([
    ['a', [line, { ...line, epoch: 2, loss: 1 }]],
    ['b', []],
  ]);
  expect(rows.map(({ id, epoch, loss, emaLoss }) => [id, epoch, loss, emaLoss])).toEqual([
    ['a', 1, Number.NaN, null],
    ['a', 2, 1, null],
  ]);
  expect(Object.keys(rows[0]!)).toEqual(Object.keys(columns));
});
