import { show } from '@nfnets/options';

/** Where an MLflow server is, and how to ask it. */
export interface MLflowServer {
  /** As MLFLOW_TRACKING_URI has it: `http://127.0.0.1:5000`, or with `user:password@` before the host. */
  readonly uri: string;
  /** Sent with every request, for servers that want an `authorization`. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Milliseconds to wait before a request is tried again; four times as long each time, and as long as the server's `Retry-After`
   * asks where that is longer, up to a minute. A request is tried four times. At most an hour. Default 250.
   */
  readonly retryAfter?: number;
}

/** An MLflow server refused a request. */
export class MLflowError extends Error {
  override readonly name = 'MLflowError';

  constructor(
    message: string,
    /** MLflow's name for what is wrong, such as `RESOURCE_DOES_NOT_EXIST`. */
    readonly code: string,
    /** The status of its answer over HTTP. */
    readonly status = 0,
  ) {
    super(message);
  }

  /** Whether the server refuses what the request holds, and would take another. */
  get isRefusal(): boolean {
    return [400, 409, 413, 414, 422].includes(this.status);
  }
}

const TRIES = 4;
const TIMEOUT = 30_000;
/** Milliseconds that a server may ask to wait. */
const LONGEST_WAIT = 60_000;

/**
 * A server whose `uri` is checked and holds no password: that becomes a header, so that no message shows it.
 *
 * @throws TypeError if `uri` is no address over HTTP, or a header cannot be sent
 */
export function checkMLflowServer({ uri, headers = {}, retryAfter = 250 }: MLflowServer): Required<MLflowServer> {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TypeError(
      `mlflowRun: \`uri\` must be the address of an MLflow server, such as http://127.0.0.1:5000, got ${show(uri.replace(/^.*@/, '...@'))}.`,
    );
  }
  for (const [name, value] of Object.entries(headers)) {
    if (isHeader(name, value)) continue;
    // Not the value: it may be a password.
    throw new TypeError(
      `mlflowRun: \`headers\` must be names and values that HTTP takes; that of ${show(name)} is none.`,
    );
  }
  const isLoggedIn =
    url.username !== '' && !Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  return {
    uri: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    headers: { ...headers, ...(isLoggedIn && { authorization: basicAuthorization(url) }) },
    retryAfter,
  };
}

function isHeader(name: string, value: unknown): boolean {
  try {
    return typeof value === 'string' && new Headers([[name, value]]) !== undefined;
  } catch {
    return false;
  }
}

function basicAuthorization({ username, password }: URL): string {
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** What a server answered. */
interface Answer {
  readonly status: number;
  readonly text: string;
  /** Milliseconds after which it wants to be asked again. */
  readonly retryAfter: number;
}

/**
 * Asks an MLflow server and returns its answer; tries again when there is none, or the server says that it cannot now.
 *
 * @throws MLflowError if it refuses; Error if it does not answer
 */
export async function askMLflow(
  server: Required<MLflowServer>,
  method: 'GET' | 'POST',
  path: string,
  values: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const url = `${server.uri}/api/2.0/mlflow/${path}`;
  for (let attempt = 1; ; attempt++) {
    const result = await request(server, method, url, values).catch((error: Error) => error);
    const isFinal = !(result instanceof Error) && ![408, 429].includes(result.status) && result.status < 500;
    if (isFinal) return readAnswer(result, path);
    if (attempt === TRIES) {
      if (!(result instanceof Error)) return readAnswer(result, path);
      throw new Error(
        `mlflowRun: \`uri\` must be that of an MLflow server; ${path} got no answer in ${TRIES} tries from ${url} (${reasonOf(result)}).`,
        { cause: result },
      );
    }
    const wanted = result instanceof Error ? 0 : Math.min(result.retryAfter, LONGEST_WAIT);
    await new Promise((resolve) => setTimeout(resolve, Math.max(wanted, server.retryAfter * 4 ** (attempt - 1))));
  }
}

async function request(
  { headers }: MLflowServer,
  method: string,
  url: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const isGet = method === 'GET';
  const response = await fetch(isGet ? `${url}?${new URLSearchParams(values as Record<string, string>)}` : url, {
    method,
    signal: AbortSignal.timeout(TIMEOUT),
    headers: { ...(isGet ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(isGet ? {} : { body: JSON.stringify(values) }),
  });
  const { status } = response;
  return { status, text: await response.text(), retryAfter: milliseconds(response.headers.get('retry-after')) };
}

/** Milliseconds of a `Retry-After`: seconds, or a date. */
function milliseconds(text: string | null): number {
  if (text === null) return 0;
  const time = /^\d+$/.test(text.trim()) ? 1000 * Number(text) : Date.parse(text) - Date.now();
  return Math.max(time, 0) || 0;
}

/** Why there was no answer: what `fetch` says is in its cause alone. */
function reasonOf({ message, cause }: Error): string {
  const { code, message: inner } = (cause ?? {}) as { code?: string; message?: string };
  return inner || code || message;
}

function readAnswer({ status, text }: Answer, path: string): unknown {
  let answer: { error_code?: string; message?: string } | undefined;
  try {
    answer = JSON.parse(text);
  } catch {
    // Not MLflow, or a proxy before it: the status and the text say what there is to say.
  }
  if (status >= 200 && status < 300 && answer) return answer;
  const { error_code: code = `HTTP ${status}`, message = text } = answer ?? {};
  throw new MLflowError(
    `mlflowRun: the server refused ${path} with ${code}: ${String(message).slice(0, 500)}`,
    code,
    status,
  );
}
