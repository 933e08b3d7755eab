import { readFileSync } from 'node:fs';
import { toJson } from '@nfnets/json-numbers';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { readEnvironment, readStatus, readTrial, readUnlessDamaged, runFiles, trialFiles } from '../../store/index.js';
import { cookieValue, isExpectedHost, isToken } from './access.js';
import { readPart } from './file-part.js';
import { liveFeed } from './live-feed.js';
import { followRun } from './live-run.js';

interface ServeAppOptions {
  /** Run folder that is shown. */
  readonly dir: string;
  /** Host the server listens on, as the user named it. */
  readonly host: string;
  /** What a request must know; without one anybody who reaches the server may read. */
  readonly token?: string;
  /** Folder of the built page. */
  readonly pageDir: string;
  /** Milliseconds between looks at the run folder; 1000 by default. */
  readonly every?: number;
}

const PAGE_FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
};

/** The page may load its own files and nothing else, and be framed by nobody. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The report has its style inside, and no script. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const COOKIE = 'nf-sweeps-token';
/** Silence after which a line keeps the connection open. */
const HEARTBEAT = 15_000;

/** The live page of one run folder as a web application: it reads, and changes nothing. */
export function serveApp({ dir, host, token, pageDir, every = 1000 }: ServeAppOptions): Hono {
  const run = followRun(dir);
  run.sweep();
  const subscribe = liveFeed(run, every);
  const app = new Hono();

  app.use(async (c, next) => {
    c.header('content-security-policy', PAGE_POLICY);
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'no-referrer');
    c.header('cross-origin-resource-policy', 'same-origin');
    c.header('cache-control', 'no-store');
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return c.text('This server only shows.\n', 405);
    if (!isExpectedHost(c.req.header('host'), host)) return c.text('This server goes by another name.\n', 403);
    if (token === undefined) return next();
    if (isToken(c.req.query('token'), token)) {
      // Out of the address, which ends up in histories and logs.
      c.header('set-cookie', `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`);
      return c.redirect('/');
    }
    const bearer = /^Bearer (.*)$/.exec(c.req.header('authorization') ?? '')?.[1];
    if (isToken(bearer, token) || isToken(cookieValue(c.req.header('cookie'), COOKIE), token)) return next();
    return c.text(
      'This server needs its token: open the address that `nf-sweeps serve` printed, or send `Authorization: Bearer TOKEN`.\n',
      401,
    );
  });

  for (const [path, [file, type]] of Object.entries(PAGE_FILES)) {
    const content = readFileSync(`${pageDir}/${file}`);
    app.get(path, (c) => c.body(content, 200, { 'content-type': type }));
  }
  app.get('/report', (c) => {
    try {
      const html = readFileSync(runFiles(dir).report, 'utf8');
      c.header('content-security-policy', REPORT_POLICY);
      return c.html(html);
    } catch {
      return c.text('There is no report yet: it is written when the sweep ends, or by `nf-sweeps report`.\n', 404);
    }
  });
  app.get('/api/events', (c) =>
    streamSSE(c, async (stream) => {
      const end = new AbortController();
      stream.onAbort(() => end.abort());
      const heartbeat = setInterval(() => void stream.write(': still here\n\n'), HEARTBEAT);
      try {
        for await (const message of subscribe(end.signal)) {
          await stream.writeSSE({ event: message.type, data: toJson(message) });
          if (stream.aborted) break;
        }
      } finally {
        clearInterval(heartbeat);
      }
    }),
  );

  const folderOf = (id: string) => (isTrialId(id) && run.hasTrial(id) ? runFiles(dir).trial(id) : undefined);
  app.get('/api/trials/:id', (c) => {
    const folder = folderOf(c.req.param('id'));
    if (!folder) return c.json({ error: 'no such trial' }, 404);
    const details = {
      trial: readUnlessDamaged(() => readTrial(folder)).value,
      status: readStatus(folder),
      environment: readUnlessDamaged(() => readEnvironment(folder)).value,
    };
    return c.body(toJson(details), 200, { 'content-type': 'application/json' });
  });
  for (const name of ['metrics', 'log'] as const) {
    app.get(`/api/trials/:id/${name}`, (c) => {
      const folder = folderOf(c.req.param('id'));
      if (!folder) return c.json({ error: 'no such trial' }, 404);
      const from = c.req.query('from') ?? '0';
      if (!/^-?\d{1,15}$/.test(from)) return c.json({ error: '`from` must be a whole number of bytes' }, 400);
      return c.json(
        readPart(trialFiles(folder)[name], Number(from)) ?? { version: 'none', text: '', next: 0, hasMore: false },
      );
    });
  }
  app.notFound((c) => c.text('Nothing is here.\n', 404));
  app.onError((error, c) => {
    process.stderr.write(`${c.req.path.slice(0, 200)}: ${error.message}\n`);
    return c.text('That went wrong; the server printed why.\n', 500);
  });
  return app;
}

/** Ids are hashes: 12 hex digits, and nothing that could be a path. */
const isTrialId = (id: string): boolean => /^[0-9a-f]{12}$/.test(id);
