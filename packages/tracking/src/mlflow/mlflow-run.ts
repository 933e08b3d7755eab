import { aFunction, checkOptions, numberIn, type Rule, rule, show } from '@nfnets/options';
import { assertEvent, assertFigures, assertStep } from '../events/assert-argument.js';
import { resumePoint } from '../events/behind-checkpoint.js';
import { eventMetrics } from '../events/event-metrics.js';
import { flatSettings, type Settings } from '../events/flat-settings.js';
import type { Outcome, RunEvent, Sink } from '../events/run-event.js';
import { type MLflowMetric, mlflowMetric, VALUE_LIMITS } from './mlflow-batches.js';
import { MLflowNames } from './mlflow-names.js';
import { MLflowQueue } from './mlflow-queue.js';
import { askMLflow, checkMLflowServer, MLflowError, type MLflowServer } from './mlflow-server.js';

/** Options of {@link mlflowRun}. */
export interface MLflowOptions extends MLflowServer {
  /** Name of the experiment; made where it does not exist. */
  readonly experiment: string;
  /** Name of the run. Default one that the server makes up. */
  readonly runName?: string;
  /** Settings, shown beside the metrics: of any type, those of a section as `section.name`. Default none. */
  readonly params?: Settings;
  /** Tags of the run. Default none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Id of a run that this one goes on with. Default none: a new run. */
  readonly runId?: string;
  /** Is told what is cut, renamed or refused. Default `console.warn`. */
  readonly onNotice?: (notice: string) => void;
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

/** The last step of each metric by its key. */
type LastSteps = Map<string, number>;

/**
 * A run on an MLflow server, made by {@link mlflowRun}. Metrics are sent while training goes on; those that cannot be are kept and tried
 * again.
 */
export class MLflowRun implements Sink {
  private readonly queue: MLflowQueue;
  private readonly names: Readonly<Record<'metrics' | 'params' | 'tags', MLflowNames>>;
  private readonly last: LastSteps = new Map();
  private sentAt = Date.now();
  private isClosed = false;
  /** Truly private: whoever prints a run should not print the password of its server. */
  readonly #server: Required<MLflowServer>;

  constructor(
    server: Required<MLflowServer>,
    readonly experimentId: string,
    readonly id: string,
    private readonly tell: (notice: string) => void = console.warn,
    /** What the run has already: MLflow takes nothing away, so that these steps are not logged again. */
    private known: ReadonlyMap<string, number> = new Map(),
  ) {
    if (typeof server?.uri !== 'string' || typeof experimentId !== 'string' || typeof id !== 'string') {
      throw new TypeError(`MLflowRun: mlflowRun({ uri, experiment }) makes it, got ${show(id)} for its \`id\`.`);
    }
    this.#server = server;
    this.queue = new MLflowQueue(
      (batch) => askMLflow(server, 'POST', 'runs/log-batch', { run_id: id, ...batch }),
      tell,
    );
    this.names = { metrics: new MLflowNames(tell), params: new MLflowNames(tell), tags: new MLflowNames(tell) };
  }

  /**
   * Points of metrics at one step. Returns before they are sent. Steps that the run had when it was resumed are left out.
   *
   * @throws TypeError or RangeError if a value is no number, or the step not whole
   */
  log(metrics: Readonly<Record<string, number>>, step: number): void {
    assertFigures('log', 'metrics', metrics);
    assertStep('log', step);
    const now = Date.now();
    const points: MLflowMetric[] = [];
    for (const [name, value] of Object.entries(metrics)) {
      const key = this.names.metrics.keyOf(name);
      if (step <= (this.known.get(key) ?? Number.NEGATIVE_INFINITY)) continue;
      this.last.set(key, Math.max(step, this.last.get(key) ?? step));
      points.push(mlflowMetric(key, value, step, now));
    }
    this.queue.add('metrics', points);
    // A server that is away is not asked at every step.
    const isMuch = this.queue.length >= EVERY.metrics && this.queue.error === undefined;
    if (isMuch || now - this.sentAt >= EVERY.milliseconds) void this.send();
  }

  /**
   * Logs an event's figures; the reason of a divergence becomes the tag `diverged`. Sends what there is at a checkpoint, from which
   * the run may go on without this process.
   */
  async write(event: RunEvent): Promise<void> {
    assertEvent('mlflowRun', event);
    // What was logged behind the checkpoint stays: the same steps are not logged again.
    if (resumePoint(event)) this.known = new Map([...this.known, ...this.last]);
    this.log(eventMetrics(event), event.step ?? 0);
    if (event.type === 'run-diverged') this.addPairs('tags', { diverged: event.reason ?? 'yes' });
    if (event.type === 'run-diverged' || event.type === 'checkpoint-saved') void this.send();
  }

  /** Sets tags of the run, or keeps them for the next request while the server is away. */
  async setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    this.addPairs('tags', tags);
    await this.send();
  }

  /** Logs settings of any type, as `params` of `mlflowRun` does, or keeps them for the next request while the server is away. */
  async setParams(params: Settings): Promise<void> {
    this.addPairs('params', params);
    await this.send();
  }

  /**
   * Sends what is left and says how the run ended; nothing happens once that is done.
   *
   * @throws Error if some of it cannot be sent
   */
  async close(outcome: Outcome = 'done'): Promise<void> {
    if (this.isClosed) return;
    await this.send();
    // What came in while a request was on its way.
    if (this.queue.length > 0 && this.queue.error === undefined) await this.send();
    if (this.queue.length > 0) {
      throw new Error(
        `mlflowRun: ${this.queue.length} values of run ${this.id} could not be sent to ${this.#server.uri}. close() tries again. ` +
          `The last error: ${(this.queue.error as Error | undefined)?.message}`,
        { cause: this.queue.error },
      );
    }
    await askMLflow(this.#server, 'POST', 'runs/update', {
      run_id: this.id,
      status: STATUS[outcome],
      end_time: Date.now(),
    });
    this.isClosed = true;
  }

  /** Why something could not be sent; undefined where nothing waits. */
  get failure(): unknown {
    return this.queue.length > 0 ? this.queue.error : undefined;
  }

  private send(): Promise<void> {
    this.sentAt = Date.now();
    return this.queue.send();
  }

  private addPairs(kind: 'params' | 'tags', pairs: Settings): void {
    const limit = VALUE_LIMITS[kind];
    const items = Object.entries(flatSettings('mlflowRun', kind, pairs)).map(([name, value]) => {
      const text = String(value);
      if (text.length > limit) {
        this.tell(
          `mlflowRun: \`${kind}.${name}\` has ${text.length} characters, MLflow takes ${limit}: the rest of it is cut off.`,
        );
      }
      return { key: this.names[kind].keyOf(name), value: text.slice(0, limit) };
    });
    this.queue.add(kind, items);
  }
}

const aString: Rule = rule(
  'a string that is not empty',
  (value) => typeof value === 'string' && value !== '',
  'string',
);
const anObject: Rule = rule(
  'an object of names and values',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/**
 * Begins a run on an MLflow server, over its REST API, or goes on with the run `runId`.
 *
 * @throws Error if the server does not answer, MLflowError if it refuses; a run that was made by then is ended as FAILED. TypeError or
 * RangeError for an option that cannot be used.
 * @example
 * ```ts
 * import { mlflowRun } from '@nfnets/tracking';
 *
 * const run = await mlflowRun({ uri: 'http://127.0.0.1:5000', experiment: 'digits', params: { batchSize: 256 } });
 * run.write({ type: 'step-end', step: 0, loss: 2.3 });
 * await run.close();
 * ```
 */
export async function mlflowRun(options: MLflowOptions): Promise<MLflowRun> {
  checkMLflowOptions('mlflowRun', options);
  const { experiment, runName, params = {}, tags = {}, runId, onNotice } = options;
  // Before a run is made of them.
  flatSettings('mlflowRun', 'params', params);
  const server = checkMLflowServer(options);
  if (runId !== undefined) {
    const run = await continuedRun(server, runId, onNotice);
    await logStart(run, params, tags);
    return run;
  }
  const experimentId = await experimentIdOf(server, experiment);
  const { run: made } = (await askMLflow(server, 'POST', 'runs/create', {
    experiment_id: experimentId,
    start_time: Date.now(),
    ...(runName !== undefined && { run_name: runName }),
  })) as { run: { info: { run_id: string } } };
  const run = new MLflowRun(server, experimentId, made.info.run_id, onNotice);
  try {
    await logStart(run, params, tags);
  } catch (error) {
    // It should not stay RUNNING for ever.
    const end = { run_id: run.id, status: 'FAILED', end_time: Date.now() };
    await askMLflow(server, 'POST', 'runs/update', end).catch(() => {});
    throw error;
  }
  return run;
}

/** Throws for options of {@link mlflowRun} that are not known or cannot be used; `who` starts the message. */
export function checkMLflowOptions(who: string, options: MLflowOptions): void {
  checkOptions<MLflowOptions>(
    who,
    options,
    {
      uri: aString,
      experiment: aString,
      runName: aString,
      params: anObject,
      tags: anObject,
      headers: anObject,
      // More is beyond what a timer can wait for, which then waits for nothing.
      retryAfter: numberIn(0, 3_600_000),
      runId: aString,
      onNotice: aFunction,
    },
    { required: ['uri', 'experiment'], instead: OF_OTHERS },
  );
}

/** Where users of MLflow's own client and of other trackers look for an option. */
const OF_OTHERS = {
  tracking_uri: 'It is `uri`.',
  trackingUri: 'It is `uri`.',
  experimentName: 'It is `experiment`.',
  experiment_name: 'It is `experiment`.',
  run_name: 'It is `runName`.',
  run_id: 'It is `runId`.',
  token: "Give `headers: { authorization: 'Bearer ...' }`.",
  username: 'Write it into `uri`: http://user:password@host:5000.',
};

async function logStart(run: MLflowRun, params: Settings, tags: Readonly<Record<string, string>>): Promise<void> {
  await run.setParams(params);
  if (run.failure === undefined) await run.setTags(tags);
  if (run.failure !== undefined) throw run.failure;
}

interface FoundRun {
  readonly info: { readonly experiment_id: string; readonly lifecycle_stage?: string };
  readonly data?: { readonly metrics?: readonly { readonly key: string; readonly step?: number | string }[] };
}

async function continuedRun(
  server: Required<MLflowServer>,
  id: string,
  onNotice: MLflowOptions['onNotice'],
): Promise<MLflowRun> {
  const { run } = (await askMLflow(server, 'GET', 'runs/get', { run_id: id })) as { run: FoundRun };
  if (run.info.lifecycle_stage === 'deleted') {
    const message = `mlflowRun: the run ${id} was deleted. Restore it, or leave out \`runId\` to begin another.`;
    throw new MLflowError(message, 'RESOURCE_DOES_NOT_EXIST');
  }
  await askMLflow(server, 'POST', 'runs/update', { run_id: id, status: 'RUNNING' });
  // Whole numbers of 64 bits are texts in the JSON of some servers.
  const known = new Map(run.data?.metrics?.map(({ key, step = 0 }) => [key, Number(step)]));
  return new MLflowRun(server, run.info.experiment_id, id, onNotice, known);
}

async function experimentIdOf(server: Required<MLflowServer>, name: string): Promise<string> {
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

async function findExperiment(server: Required<MLflowServer>, name: string): Promise<string> {
  const answer = await askMLflow(server, 'GET', 'experiments/get-by-name', { experiment_name: name });
  return (answer as { experiment: { experiment_id: string } }).experiment.experiment_id;
}
