import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a client may send.
  readonly body: any;
  readonly authorization: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

interface Item {
  readonly key: string;
  readonly value: unknown;
  readonly step?: number;
}

interface Run {
  metrics: Item[];
  params: Item[];
  tags: Item[];
  status: string;
}

type Answer = [status: number, body: object];

const refusal = (message: string): Answer => [400, { error_code: 'INVALID_PARAMETER_VALUE', message }];

/** What MLflow's REST API documents of the calls that a run makes, with its limits and its errors. */
export class FakeMLflow {
  readonly asked: Asked[] = [];
  readonly experiments = new Map<string, string>();
  readonly runs: Record<string, Run> = {};
  readonly deleted = new Set<string>();
  /** Status of the next answers, before the server works again. */
  failures: number[] = [];
  /** Seconds or a date that goes with them. */
  retryAfter: string | undefined;
  /** Refuses what the server's own rules do not. */
  refuses: (item: Item) => boolean = () => false;
  /** Longest value of a parameter; 500 in old versions. */
  longestParam = 6000;
  private server!: Server;

  async start(port = 0): Promise<string> {
    this.server = createServer(async (request, response) => {
      let text = '';
      for await (const part of request) text += part;
      const url = new URL(request.url!, 'http://server');
      const path = `${request.method} ${url.pathname}`;
      const body = request.method === 'GET' ? Object.fromEntries(url.searchParams) : JSON.parse(text);
      this.asked.push({ path, body, authorization: request.headers.authorization, at: Date.now() });
      const failure = this.failures.shift();
      const [status, answer] = failure ? [failure, { message: 'busy' }] : this.answer(path, body, text.length);
      const later = failure && this.retryAfter !== undefined ? { 'retry-after': this.retryAfter } : {};
      response.writeHead(status, { 'content-type': 'application/json', ...later }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(path: string, body: Asked['body'], bytes: number): Answer {
    switch (path.replace('/api/2.0/mlflow/', '')) {
      case 'GET experiments/get-by-name': {
        const id = this.experiments.get(body.experiment_name);
        if (id !== undefined) return [200, { experiment: { experiment_id: id } }];
        return [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `No experiment ${body.experiment_name}` }];
      }
      case 'POST experiments/create':
        if (this.experiments.has(body.name))
          return [400, { error_code: 'RESOURCE_ALREADY_EXISTS', message: 'There is' }];
        this.experiments.set(body.name, String(this.experiments.size + 1));
        return [200, { experiment_id: this.experiments.get(body.name)! }];
      case 'POST runs/create': {
        const id = `run${Object.keys(this.runs).length}`;
        this.runs[id] = { metrics: [], params: [], tags: [], status: 'RUNNING' };
        return [200, { run: { info: { run_id: id, experiment_id: body.experiment_id } } }];
      }
      case 'GET runs/get': {
        const run = this.runs[body.run_id];
        if (!run) return [404, { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `Run ${body.run_id} not found` }];
        const lifecycle_stage = this.deleted.has(body.run_id) ? 'deleted' : 'active';
        // The last point of each metric; whole numbers of 64 bits are texts.
        const last = new Map<string, Item>();
        for (const metric of run.metrics) {
          if ((last.get(metric.key)?.step ?? -1) <= metric.step!) last.set(metric.key, metric);
        }
        const metrics = [...last.values()].map((metric) => ({ ...metric, step: String(metric.step) }));
        return [200, { run: { info: { experiment_id: '1', lifecycle_stage }, data: { metrics } } }];
      }
      case 'POST runs/log-batch':
        return bytes > 1e6 ? refusal('requests must be at most 1000000 bytes') : this.logBatch(body);
      case 'POST runs/update':
        if (this.deleted.has(body.run_id)) return refusal(`The run ${body.run_id} must be in the 'active' state.`);
        this.runs[body.run_id]!.status = body.status;
        return [200, { run_info: {} }];
    }
    return [404, { error_code: 'ENDPOINT_NOT_FOUND', message: path }];
  }

  private logBatch({ run_id: id, metrics = [], params = [], tags = [] }: Asked['body']): Answer {
    const isTooMuch = metrics.length > 1000 || params.length > 100 || tags.length > 100;
    if (isTooMuch) return refusal('A batch request is too large');
    const run = this.runs[id]!;
    if (this.deleted.has(id)) return refusal(`The run ${id} must be in the 'active' state.`);
    const items: Item[] = [...metrics, ...params, ...tags];
    const bad = items.find(({ key }) => !isName(key)) ?? items.find(this.refuses);
    if (bad) return refusal(`Invalid value for '${bad.key}'`);
    const long = [...params, ...tags].find(
      ({ value }, i) => value.length > (i < params.length ? this.longestParam : 5000),
    );
    if (long) return refusal(`'${long.key}' had length ${long.value.length}`);
    const keys = params.map(({ key }: Item) => key);
    if (new Set(keys).size < keys.length) return refusal('Duplicate parameter keys have been submitted');
    for (const { key, value } of params as Item[]) {
      const known = run.params.find((param) => param.key === key);
      if (known && known.value !== value) return refusal(`Changing param values is not allowed: ${key}`);
    }
    run.metrics.push(...metrics);
    run.params.push(...params.filter(({ key }: Item) => !run.params.some((param) => param.key === key)));
    for (const tag of tags as Item[]) run.tags = [...run.tags.filter(({ key }) => key !== tag.key), tag];
    return [200, {}];
  }
}

/** MLflow's rule of names: certain characters, not too many, and a path that stays where it is. */
function isName(key: string): boolean {
  const parts = key.split('/');
  return /^[\w\-.: /]+$/.test(key) && key.length <= 250 && !parts.some((part) => part === '' || /^\.\.?$/.test(part));
}
