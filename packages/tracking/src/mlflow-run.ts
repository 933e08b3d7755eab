import { eventMetrics } from './event-metrics.js';
import { type MLflowMetric, mlflowBatches, mlflowKey, mlflowMetric } from './mlflow-batches.js';
import { askMLflow, MLflowError, type MLflowServer } from './mlflow-server.js';
import type { Outcome, RunEvent, Sink } from './run-event.js';

export interface MLflowOptions extends MLflowServer {
  /** Name of the experiment; made where it does not exist. */
  readonly experiment: string;
  readonly runName?: string;
  /** Settings, shown beside the metrics. */
  readonly params?: Readonly<Record<string, number | string | boolean>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** MLflow's word for how a run ended. */
const STATUS: Readonly<Record<Outcome, string>> = {
  done: 'FINISHED',
  diverged: 'FAILED',
  failed: 'FAILED',
  stopped: 'KILLED',
};

/** Metrics and milliseconds between two requests. */
const EVERY = { metrics: 500, milliseconds: 5000 };

/** A run on an MLflow server. Metrics are sent while training goes on; those that cannot be are kept and tried again. */
export class MLflowRun implements Sink {
  private queue: MLflowMetric[] = [];
  private sentAt = Date.now();
  private sending: Promise<void> | undefined;
  private error: unknown;

  constructor(
    private readonly server: MLflowServer,
    readonly experimentId: string,
    readonly id: string,
  ) {}

  /** Points of metrics at one step. Returns before they are sent. */
  log(metrics: Readonly<Record<string, number>>, step: number): void {
    const now = Date.now();
    for (const [name, value] of Object.entries(metrics)) this.queue.push(mlflowMetric(name, value, step, now));
    const isDue = this.queue.length >= EVERY.metrics || now - this.sentAt >= EVERY.milliseconds;
    if (isDue && !this.sending) this.sending = this.send();
  }

  /** Logs an event's figures; the reason of a divergence becomes the tag `diverged`. */
  async write(event: RunEvent): Promise<void> {
    this.log(eventMetrics(event), event.step ?? 0);
    if (event.type === 'run-diverged') await this.setTags({ diverged: event.reason ?? 'yes' });
  }

  /** @throws as `mlflowRun` does */
  async setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    await logPairs(this.server, this.id, 'tags', tags);
  }

  /**
   * Sends what is left and says how the run ended.
   *
   * @throws Error if some of it cannot be sent
   */
  async close(outcome: Outcome = 'done'): Promise<void> {
    await this.sending;
    if (this.queue.length > 0) await this.send();
    const status = { run_id: this.id, status: STATUS[outcome], end_time: Date.now() };
    if (this.queue.length === 0) {
      await askMLflow(this.server, 'POST', 'runs/update', status);
      return;
    }
    throw new Error(
      `mlflowRun: ${this.queue.length} values of run ${this.id} could not be sent to ${this.server.uri}. close() tries again.`,
      { cause: this.error },
    );
  }

  /** Sends all that is in the queue; what fails stays there. */
  private async send(): Promise<void> {
    this.sentAt = Date.now();
    try {
      for (const batch of mlflowBatches({ metrics: this.queue })) {
        await askMLflow(this.server, 'POST', 'runs/log-batch', { run_id: this.id, ...batch });
        this.queue = this.queue.slice(batch.metrics!.length);
      }
    } catch (error) {
      this.error = error;
    } finally {
      this.sending = undefined;
    }
  }
}

/**
 * Begins a run on an MLflow server, over its REST API.
 *
 * @throws Error if the server does not answer, MLflowError if it refuses
 */
export async function mlflowRun(options: MLflowOptions): Promise<MLflowRun> {
  const { experiment, runName, params = {}, tags = {} } = options;
  for (const option of ['uri', 'experiment'] as const) {
    if (typeof options[option] !== 'string' || options[option] === '') {
      throw new TypeError(
        `mlflowRun: \`${option}\` must be a string that is not empty, got ${JSON.stringify(options[option])}.`,
      );
    }
  }
  const experimentId = await experimentIdOf(options, experiment);
  const { run } = (await askMLflow(options, 'POST', 'runs/create', {
    experiment_id: experimentId,
    start_time: Date.now(),
    ...(runName !== undefined && { run_name: runName }),
  })) as { run: { info: { run_id: string } } };
  const id = run.info.run_id;
  await logPairs(options, id, 'params', params);
  await logPairs(options, id, 'tags', tags);
  return new MLflowRun(options, experimentId, id);
}

async function experimentIdOf(server: MLflowServer, name: string): Promise<string> {
  try {
    return await findExperiment(server, name);
  } catch (error) {
    if (!(error instanceof MLflowError && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error;
  }
  try {
    return ((await askMLflow(server, 'POST', 'experiments/create', { name })) as { experiment_id: string })
      .experiment_id;
  } catch (error) {
    // Another run of the same experiment was quicker.
    if (!(error instanceof MLflowError && error.code === 'RESOURCE_ALREADY_EXISTS')) throw error;
    return findExperiment(server, name);
  }
}

async function findExperiment(server: MLflowServer, name: string): Promise<string> {
  const answer = await askMLflow(server, 'GET', 'experiments/get-by-name', { experiment_name: name });
  return (answer as { experiment: { experiment_id: string } }).experiment.experiment_id;
}

async function logPairs(
  server: MLflowServer,
  runId: string,
  kind: 'params' | 'tags',
  pairs: Readonly<Record<string, number | string | boolean>>,
): Promise<void> {
  const entries = Object.entries(pairs).map(([name, value]) => ({ key: mlflowKey(name), value: String(value) }));
  for (const batch of mlflowBatches({ [kind]: entries })) {
    await askMLflow(server, 'POST', 'runs/log-batch', { run_id: runId, ...batch });
  }
}
