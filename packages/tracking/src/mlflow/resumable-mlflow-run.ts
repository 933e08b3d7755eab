import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { assertText } from '../events/assert-argument.js';
import { checkMLflowOptions, type MLflowOptions, type MLflowRun, mlflowRun } from './mlflow-run.js';
import { MLflowError } from './mlflow-server.js';

/**
 * Begins a run on an MLflow server whose id is kept in the file `path`, beside the checkpoints: the first call begins it, and each later
 * one, of another process too, goes on with it. Where the server has it no more, another is begun, and `onNotice` told.
 *
 * @param path Path of the file that keeps the id.
 * @throws As {@link mlflowRun} does; Error when the file cannot be written.
 * @example
 * ```ts
 * import { resumableMLflowRun } from '@nfnets/tracking/node';
 *
 * const server = { uri: 'http://127.0.0.1:5000', experiment: 'digits' };
 * const run = await resumableMLflowRun('runs/digits/mlflow-run.json', { ...server, params: { batchSize: 256 } });
 * ```
 */
export async function resumableMLflowRun(path: string, options: MLflowOptions): Promise<MLflowRun> {
  assertText('resumableMLflowRun', 'path', path);
  checkMLflowOptions('resumableMLflowRun', options);
  const runId = readRunId(path);
  if (runId !== undefined) {
    try {
      return await mlflowRun({ ...options, runId });
    } catch (error) {
      if (!(error instanceof MLflowError && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error;
      const { onNotice = console.warn } = options;
      onNotice(`resumableMLflowRun: the server has no run ${runId} (${path}); another is begun.`);
    }
  }
  const run = await mlflowRun(options);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, `${JSON.stringify({ runId: run.id })}\n`);
  renameSync(`${path}.tmp`, path);
  return run;
}

function readRunId(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { runId } = JSON.parse(readFileSync(path, 'utf8')) as { runId?: unknown };
    return typeof runId === 'string' && runId !== '' ? runId : undefined;
  } catch {
    // Half written, or something else's: begin anew.
    return undefined;
  }
}
