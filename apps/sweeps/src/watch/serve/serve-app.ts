import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { cookieValue, isExpectedHost, isToken } from './access.js';
import { homeRoutes } from './home/home-routes.js';
import { runRoutes, sendReport, servedRun } from './run-routes.js';

interface ServeAppOptions {
  /** Run folder that is shown, or the folder of those that are. */
  readonly dir: string;
  /** Whether `dir` is a folder of run folders. */
  readonly isHome?: boolean;
  /** Host the server listens on, as the user named it. */
  readonly host: string;
  /** What a request must know; without one anybody who reaches the server may read. */
  readonly token?: string;
  /** Folder of the built page. */
  readonly pageDir: string;
  /** Milliseconds between looks at what is shown; 1000 by default. */
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
const COOKIE = 'nf-sweeps-token';
/** The live page of one run folder, or of all in a folder, as a web application: it reads, and changes nothing. */
export function serveApp({ dir, isHome = false, host, token, pageDir, every = 1000 }: ServeAppOptions): Hono {
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
    const content = readFileSync(`${pageDir}/${file}`, 'utf8');
    // So that the page need not ask what it shows.
    const shown = path === '/' && isHome ? content.replace('<body>', '<body data-shows="sweeps">') : content;
    app.get(path, (c) => c.body(shown, 200, { 'content-type': type }));
  }
  if (isHome) app.route('/api', homeRoutes(dir, every));
  else {
    const run = servedRun(dir, every);
    app.route(
      '/api',
      runRoutes(() => run),
    );
    app.get('/report', (c) => sendReport(c, run));
  }
  app.notFound((c) => c.text('Nothing is here.\n', 404));
  app.onError((error, c) => {
    process.stderr.write(`${c.req.path.slice(0, 200)}: ${error.message}\n`);
    return c.text('That went wrong; the server printed why.\n', 500);
  });
  return app;
}
