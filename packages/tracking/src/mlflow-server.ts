/** Where an MLflow server is, and how to ask it. */
export interface MLflowServer {
  /** As MLFLOW_TRACKING_URI has it: `http://127.0.0.1:5000`. */
  readonly uri: string;
  /** Sent with every request, for servers that want an `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait before a request is tried again; four times as long each time. Default 250. */
  readonly retryAfter?: number;
}

/** An MLflow server refused a request. */
export class MLflowError extends Error {
  override readonly name = 'MLflowError';

  constructor(
    message: string,
    /** MLflow's name for what is wrong, such as `RESOURCE_DOES_NOT_EXIST`. */
    readonly code: string,
  ) {
    super(message);
  }
}

const TRIES = 4;
const TIMEOUT = 30_000;

/**
 * Asks an MLflow server and returns its answer; tries again when there is none, or the server says that it cannot now.
 *
 * @throws MLflowError if it refuses; Error if it does not answer
 */
export async function askMLflow(
  server: MLflowServer,
  method: 'GET' | 'POST',
  path: string,
  values: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const { uri, retryAfter = 250 } = server;
  const url = `${uri.replace(/\/+$/, '')}/api/2.0/mlflow/${path}`;
  for (let attempt = 1; ; attempt++) {
    const result = await request(server, method, url, values).catch((error: Error) => error);
    const isFinal = !(result instanceof Error) && result.status !== 429 && result.status < 500;
    if (isFinal) return answerOf(result, path);
    if (attempt === TRIES) {
      if (!(result instanceof Error)) return answerOf(result, path);
      throw new Error(
        `mlflowRun: \`uri\` must be that of an MLflow server; ${path} got no answer in ${TRIES} tries from ${url}.`,
        { cause: result },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, retryAfter * 4 ** (attempt - 1)));
  }
}

function request({ headers }: MLflowServer, method: string, url: string, values: object): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT);
  if (method === 'GET')
    return fetch(`${url}?${new URLSearchParams(values as Record<string, string>)}`, {
      signal,
      ...(headers && { headers }),
    });
  return fetch(url, {
    method,
    signal,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(values),
  });
}

async function answerOf(response: Response, path: string): Promise<unknown> {
  const text = await response.text();
  let answer: { error_code?: string; message?: string } | undefined;
  try {
    answer = JSON.parse(text);
  } catch {
    // Not MLflow, or a proxy before it: the status and the text say what there is to say.
  }
  if (response.ok && answer) return answer;
  const { error_code: code = `HTTP ${response.status}`, message = text.slice(0, 200) } = answer ?? {};
  throw new MLflowError(`mlflowRun: the server refused ${path} with ${code}: ${message}`, code);
}
