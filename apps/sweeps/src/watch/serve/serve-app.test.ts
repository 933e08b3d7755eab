import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { syntheticRecords, writeSyntheticRun } from '../../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../../__fixtures__/temporary-folder.js';
import { startServer } from '../../commands/serve-command.js';
import { runFiles } from '../../store/run-folder.js';
import { trialFiles } from '../../store/trial-folder.js';
import { serveApp } from './serve-app.js';

const records = syntheticRecords({ clipFactors: [0.01, 0.04], batchSizes: [256], seeds: 1, hasBaseline: false });
const { id } = records[0]!.trial;
const LOCAL = { host: '127.0.0.1:7331' };

/** A run folder and a page of three short files. */
function folders() {
  const dir = join(temporaryFolder(), 'run');
  writeSyntheticRun(dir, records);
  writeFileSync(join(dir, 'secret.txt'), 'SECRET');
  const pageDir = join(dir, '../page');
  mkdirSync(pageDir);
  for (const file of ['index.html', 'page.js', 'page.css']) writeFileSync(join(pageDir, file), `the ${file}`);
  return { dir, pageDir };
}
const makeApp = (token?: string) =>
  serveApp({
    ...folders(),
    host: token === undefined ? '127.0.0.1' : '0.0.0.0',
    ...(token === undefined ? {} : { token }),
  });

describe('the server', () => {
  it('gives the page, trials and their files', async () => {
    const app = makeApp();
    const page = await app.request('/', { headers: LOCAL });
    expect([page.status, await page.text()]).toEqual([200, 'the index.html']);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const trial = await (await app.request(`/api/trials/${id}`, { headers: LOCAL })).json();
    expect(trial).toMatchObject({ trial: { id }, status: { status: 'done' }, environment: { engine: 'native' } });
    const metrics = await (await app.request(`/api/trials/${id}/metrics`, { headers: LOCAL })).json();
    expect(metrics.text.split('\n')).toHaveLength(records[0]!.metrics.length + 1);
    const rest = await app.request(`/api/trials/${id}/metrics?from=${metrics.next}`, { headers: LOCAL });
    expect(await rest.json()).toMatchObject({ text: '', next: metrics.next, version: metrics.version });
    expect(await (await app.request(`/api/trials/${id}/log`, { headers: LOCAL })).json()).toMatchObject({
      version: 'none',
    });
    expect((await app.request('/report', { headers: LOCAL })).status).toBe(404);
  });

  it('gives the report with a policy of its own, once there is one', async () => {
    const { dir, pageDir } = folders();
    writeFileSync(runFiles(dir).report, '<p>report</p>');
    const report = await serveApp({ dir, pageDir, host: '127.0.0.1' }).request('/report', { headers: LOCAL });
    expect(await report.text()).toBe('<p>report</p>');
    expect(report.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/);
  });

  it('changes nothing', async () => {
    const app = makeApp();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await app.request(`/api/trials/${id}`, { method, headers: LOCAL })).status).toBe(405);
  });

  it('refuses other names, so that no page can have its name point here', async () => {
    const app = makeApp();
    for (const headers of [{ host: 'evil.example' }, { host: 'evil.example:7331' }, {}])
      expect((await app.request('/', { headers })).status).toBe(403);
  });

  it('wants the token where it has one, for the page and everything behind it', async () => {
    const app = makeApp('t0ken');
    const headers = { host: '10.0.0.1:7331' };
    const paths = [
      '/',
      '/page.js',
      '/report',
      '/api/events',
      `/api/trials/${id}`,
      `/api/trials/${id}/metrics`,
      '/nowhere',
    ];
    for (const path of paths) expect((await app.request(path, { headers })).status, path).toBe(401);
    const wrong = [
      { authorization: 'Bearer t0ke' },
      { authorization: 't0ken' },
      { cookie: 'nf-sweeps-token=' },
      { cookie: 't0ken' },
    ];
    for (const each of wrong) expect((await app.request('/', { headers: { ...headers, ...each } })).status).toBe(401);
    expect((await app.request('/?token=t0ke', { headers })).status).toBe(401);

    const login = await app.request('/?token=t0ken', { headers });
    expect([login.status, login.headers.get('location')]).toEqual([302, '/']);
    const cookie = login.headers.get('set-cookie')!;
    expect(cookie).toBe('nf-sweeps-token=t0ken; HttpOnly; SameSite=Strict; Path=/');
    for (const each of [{ cookie: cookie.split(';')[0]! }, { authorization: 'Bearer t0ken' }])
      expect((await app.request('/', { headers: { ...headers, ...each } })).status).toBe(200);
  });
});

describe('ids and paths from the network', () => {
  const PIECES = [
    '..',
    '.',
    '/',
    '\\',
    '%2e',
    '%2E%2e',
    '%2f',
    '%5c',
    '%00',
    '\0',
    '%',
    'ä',
    '%F0%9F%92%A5',
    'secret.txt',
    'plan.json',
    id,
    id.slice(1),
    `${id}0`,
    id.toUpperCase(),
    'con',
    '?',
    '#',
    ' ',
    '%0a',
    'a'.repeat(5000),
    '__proto__',
    'constructor',
  ];

  it('never reach a file that is not a planned trial’s', async () => {
    const app = makeApp();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('', '/metrics', '/log'),
        async (pieces, end) => {
          const name = pieces.join('');
          let url: string;
          try {
            url = new URL(`http://127.0.0.1:7331/api/trials/${name}${end}`).href;
          } catch {
            return;
          }
          const response = await app.request(url, { headers: LOCAL });
          const body = await response.text();
          expect(body).not.toContain('SECRET');
          // Only where the id is exactly that of a trial is there anything but an error.
          if (response.status === 200)
            expect(new URL(url).pathname).toMatch(new RegExp(`^(/|/page.(js|css)|/api/trials/${id}(/metrics|/log)?)$`));
          else expect([400, 404]).toContain(response.status);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are refused as they come over the wire too', async () => {
    const { dir, pageDir } = folders();
    const { address, close } = await startServer(dir, { host: '127.0.0.1', port: 0, pageDir });
    onTestFinished(close);
    const { port } = new URL(address);
    const ask = async (target: string) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
      return text(socket);
    };
    const targets = [
      '/../secret.txt',
      '/api/trials/../../secret.txt',
      '/api/trials/%2e%2e%2f%2e%2e%2fsecret.txt',
      '/api/trials/..%5c..%5csecret.txt',
      `/api/trials/${id}%00`,
      `/api/trials/${id}/../../../secret.txt`,
      '//secret.txt',
      '/./plan.json',
      `/api/trials/${id}/config.json`,
      `/api/trials/${id}/metrics/../../../secret.txt`,
      'secret.txt',
      'http://evil.example/secret.txt',
    ];
    for (const target of targets) {
      const answer = await ask(target);
      expect(answer, target).toMatch(/^HTTP\/1\.1 (400|403|404) /);
      expect(answer, target).not.toContain('SECRET');
    }
    expect(await ask('/')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(`/api/trials/${id}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('read files from whole numbers only', async () => {
    const app = makeApp();
    for (const from of ['x', '1.5', '1e3', '', '0x10', '9'.repeat(16), '--1', '1;2'])
      expect((await app.request(`/api/trials/${id}/metrics?from=${from}`, { headers: LOCAL })).status, from).toBe(400);
  });
});

describe('the events', () => {
  it('are the sweep, then what changes', async () => {
    const { dir, pageDir } = folders();
    const { address, close } = await startServer(dir, { host: '127.0.0.1', port: 0, pageDir, every: 20 });
    onTestFinished(close);
    const abort = new AbortController();
    const response = await fetch(`${address}/api/events`, { signal: abort.signal });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    const until = async (wanted: string) => {
      while (!seen.includes(wanted)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`ended without ${wanted}: ${seen}`);
        seen += value;
      }
    };
    await until('event: sweep');
    const { status } = trialFiles(runFiles(dir).trial(id));
    writeFileSync(
      status,
      JSON.stringify({ status: 'failed', reason: 'it broke', step: 3, metrics: {}, startedAt: '2026-01-01T00:00:00Z' }),
    );
    await until('it broke');
    expect(seen).toContain('event: trials');
    abort.abort();
  });
});

describe('startServer', () => {
  it('makes a token off loopback, and none on it', async () => {
    const { dir, pageDir } = folders();
    const open = await startServer(dir, { host: '127.0.0.1', port: 0, pageDir });
    onTestFinished(open.close);
    expect(open.token).toBeUndefined();
    const guarded = await startServer(dir, { host: '0.0.0.0', port: 0, pageDir });
    onTestFinished(guarded.close);
    expect(guarded.token).toMatch(/^[\w-]{32}$/);
    const { port } = new URL(guarded.address);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(401);
    const authorization = `Bearer ${guarded.token}`;
    expect((await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization } })).status).toBe(200);
    await expect(startServer(dir, { host: '127.0.0.1', port: Number(port), pageDir })).rejects.toThrow(
      /^serve: cannot listen on 127\.0\.0\.1:\d+ \(.*EADDRINUSE.*\)\. Give another --port or --host\.$/,
    );
  });

  it('says what is missing', async () => {
    const { dir, pageDir } = folders();
    const options = { host: '127.0.0.1', port: 0 };
    for (const missing of [join(dir, 'nowhere'), join(pageDir, 'index.html')])
      await expect(startServer(missing, { ...options, pageDir })).rejects.toThrow(
        `${missing}: is neither a run folder nor a folder of some. Sweeps are kept in runs/ of the folder they were started in.`,
      );
    await expect(startServer(dir, { ...options, pageDir: dir })).rejects.toThrow('the live page is not built');
  });
});

it('the page is built without anything that another server has', () => {
  const out = temporaryFolder();
  execFileSync(process.execPath, [fileURLToPath(new URL('../../../build-page.mjs', import.meta.url)), out]);
  const built = ['index.html', 'page.js', 'page.css'].map((file) =>
    execFileSync('cat', [join(out, file)], { encoding: 'utf8' }),
  );
  // Names of namespaces are no requests.
  for (const content of built)
    expect(content.replace(/https?:\/\/(www\.w3\.org|github\.com)\/[^"'`]*/g, '')).not.toMatch(/https?:\/\//);
});
