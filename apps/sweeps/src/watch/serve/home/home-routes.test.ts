import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { syntheticRecords, writeSyntheticRun } from '../../../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../../../__fixtures__/temporary-folder.js';
import { runFiles } from '../../../store/run-folder.js';
import { serveApp } from '../serve-app.js';

const records = syntheticRecords({
  clipFactors: [0.01, 0.04],
  batchSizes: [256],
  seeds: 2,
  hasBaseline: false,
  steps: 8,
});
const { id } = records[0]!.trial;
const LOCAL = { host: '127.0.0.1:7331' };

/** A folder with the sweeps `a` and `b c`, and beside it one that nobody may see, with a link to it inside. */
function folders() {
  const base = temporaryFolder();
  const dir = join(base, 'runs');
  for (const name of ['a', 'b c']) writeSyntheticRun(join(dir, name), records);
  writeSyntheticRun(join(base, 'outside'), records);
  writeFileSync(runFiles(join(base, 'outside')).report, 'SECRET');
  writeFileSync(join(base, 'report.html'), 'SECRET');
  writeFileSync(join(dir, 'report.html'), 'SECRET');
  symlinkSync(join(base, 'outside'), join(dir, 'link'));
  const pageDir = join(base, 'page');
  mkdirSync(pageDir);
  for (const file of ['index.html', 'page.js', 'page.css']) writeFileSync(join(pageDir, file), `<body> the ${file}`);
  return { base, dir, pageDir };
}
const makeApp = (dir: string, pageDir: string, token?: string) =>
  serveApp({
    ...{ dir, pageDir, isHome: true, host: token === undefined ? '127.0.0.1' : '0.0.0.0' },
    ...(token === undefined ? {} : { token }),
  });

it('gives the page, each sweep and its trials by the names of their folders', async () => {
  const { dir, pageDir } = folders();
  const app = makeApp(dir, pageDir);
  const get = (path: string) => app.request(path, { headers: LOCAL });
  expect(await (await get('/')).text()).toBe('<body data-shows="sweeps"> the index.html');
  for (const name of ['a', 'b%20c']) {
    expect(await (await get(`/api/sweeps/${name}/trials/${id}`)).json()).toMatchObject({ trial: { id } });
    expect(await (await get(`/api/sweeps/${name}/trials/${id}/metrics`)).json()).toMatchObject({ hasMore: false });
    expect((await get(`/api/sweeps/${name}/report`)).status).toBe(404);
  }
  writeFileSync(runFiles(join(dir, 'a')).report, 'the report');
  const report = await get('/api/sweeps/a/report');
  expect(await report.text()).toBe('the report');
  expect(report.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/);
  // One that is gone is not remembered.
  rmSync(join(dir, 'a'), { recursive: true });
  expect((await get(`/api/sweeps/a/trials/${id}`)).status).toBe(404);
});

it('keeps every guard of the page of one sweep', async () => {
  const { dir, pageDir } = folders();
  const paths = ['/', '/api/sweeps', '/api/sweeps/a/events', '/api/sweeps/a/report', `/api/sweeps/a/trials/${id}`];
  const all = [...paths, `/api/sweeps/a/trials/${id}/log`, '/api/compare?sweep=a&sweep=b%20c'];
  const app = makeApp(dir, pageDir);
  const guarded = makeApp(dir, pageDir, 't0ken');
  for (const path of all) {
    expect((await app.request(path, { headers: { host: 'evil.example' } })).status, path).toBe(403);
    expect((await app.request(path, { method: 'POST', headers: LOCAL })).status, path).toBe(405);
    expect((await guarded.request(path, { headers: { host: '10.0.0.1:7331' } })).status, path).toBe(401);
  }
});

it('lets no name leave the folder', async () => {
  const { dir, pageDir } = folders();
  const app = makeApp(dir, pageDir);
  const pieces = [
    '..',
    '.',
    '/',
    '\\',
    '%2e',
    '%2e%2e',
    '%2f',
    '%2F',
    '%5c',
    '%00',
    'outside',
    'link',
    'runs',
    'a',
    'b%20c',
    '~',
    ' ',
    'ä',
  ];
  const ends = ['/report', '/events', `/trials/${id}`, `/trials/${id}/log`];
  const name = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(name, fc.constantFrom(...ends), async (parts, end) => {
      let url: string;
      try {
        url = new URL(`http://127.0.0.1:7331/api/sweeps/${parts.join('')}${end}`).href;
      } catch {
        return;
      }
      const response = await app.request(url, { headers: LOCAL });
      if (response.status === 200) {
        expect(new URL(url).pathname).toMatch(/^(\/|\/api\/sweeps|\/page\.(js|css)|\/api\/sweeps\/(a|b%20c)\/.*)$/);
        await response.body?.cancel();
      } else {
        expect([400, 404]).toContain(response.status);
        expect(await response.text()).not.toContain('SECRET');
      }
    }),
    { numRuns: 300 },
  );
  for (const name of [
    'link',
    '..%2foutside',
    '%2e%2e%2foutside',
    '..',
    '%2e%2e',
    '.',
    '..%5coutside',
    'a%2f..%2f..%2foutside',
  ])
    for (const end of ends)
      expect((await app.request(`/api/sweeps/${name}${end}`, { headers: LOCAL })).status, name).toBe(404);
});

it('compares sweeps of the folder, and says which it lacks', async () => {
  const { dir, pageDir } = folders();
  const app = makeApp(dir, pageDir);
  const ask = async (query: string) => {
    const response = await app.request(`/api/compare?${query}`, { headers: LOCAL });
    return [response.status, await response.json()] as const;
  };
  expect(await ask('sweep=a&sweep=..%2foutside')).toEqual([404, { error: 'no such sweep', sweep: '../outside' }]);
  for (const query of ['', 'sweep=a', 'sweep=a&sweep=a', Array.from({ length: 9 }, (_, i) => `sweep=${i}`).join('&')])
    expect(await ask(query)).toEqual([400, { error: 'give two to 8 names of sweeps as `sweep`' }]);
  const [status, answer] = await ask('sweep=a&sweep=b%20c');
  expect(status).toBe(200);
  expect(answer).toMatchObject({ base: 'a', level: 0.05, levelOfEach: 0.05, comparisons: [{ folder: 'b c' }] });
});

it('writes nothing, not even an index that is old', async () => {
  const { dir, pageDir } = folders();
  writeFileSync(runFiles(join(dir, 'a')).index, 'no database');
  const before = statSync(runFiles(join(dir, 'a')).index).mtimeMs;
  const files = readdirSync(dir, { recursive: true });
  const app = makeApp(dir, pageDir);
  const response = await app.request('/api/compare?sweep=a&sweep=b%20c', { headers: LOCAL });
  expect(response.status).toBe(200);
  await (await app.request('/api/sweeps/a/events', { headers: LOCAL })).body?.cancel();
  expect(readdirSync(dir, { recursive: true })).toEqual(files);
  expect(statSync(runFiles(join(dir, 'a')).index).mtimeMs).toBe(before);
  expect(existsSync(runFiles(join(dir, 'b c')).index)).toBe(false);
});
