import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { chromium, openTab } from './chromium.js';
import { compilerOptions, entryPoints, exportsOf, packageFolders, root } from './public-api.js';

/* The API site that `npm run docs` builds of the doc comments; turbo builds it once for what it is made of. */
const site = join(root, 'site');
const read = (path: string) => readFileSync(join(site, path), 'utf8');
/** Of the entry point `@nfnets/data/node`, a module of its package where that has several. */
const pageOf = ({ name, package: of }: (typeof entryPoints)[number]) => {
  const isAlone = entryPoints.filter((entry) => entry.package === of).length === 1;
  const module = name === of ? 'index' : name.slice(of.length + 1);
  return `modules/${of.replace(/[@/]/g, '_')}${isAlone ? '' : `.${module}`}.html`;
};

let pages: string[];

beforeAll(() => {
  execFileSync('npm', ['run', '--silent', 'docs'], { cwd: root, stdio: 'pipe' });
  // The playground beside it has tests of its own.
  pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.html') && !path.startsWith('playground'),
  );
}, 600_000);

it('has a page of every package, which begins with its README', () => {
  for (const folder of packageFolders) {
    const { name } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { name: string };
    const page = `modules/${name.replace(/[@/]/g, '_')}.html`;
    expect(pages).toContain(page);
    expect(read('index.html')).toContain(`href="${page}"`);
    const [, heading] = readFileSync(join(root, folder, 'README.md'), 'utf8').match(/^## (.*)$/m)!;
    expect(read(page), folder).toContain(`>${heading}<`);
  }
});

describe('has what is exported', () => {
  const program = ts.createProgram(
    entryPoints.map(({ source }) => source),
    compilerOptions(),
  );

  it.each(entryPoints)('by $name', (entry) => {
    // The site breaks names where a line may be broken.
    const page = read(pageOf(entry)).replaceAll('<wbr/>', '');
    for (const { name } of exportsOf(program, entry)) expect(page, name).toContain(`>${name}<`);
  });
});

it('loads nothing from elsewhere, and links to no file that is not there', () => {
  const LOADED =
    /<(?:a|audio|iframe|img|link|object|script|source|use|video)\b[^>]*?\s(?:href|src|srcset|data)="([^"]*)"/g;
  for (const page of pages) {
    for (const [tag, address] of read(page).matchAll(LOADED)) {
      const isLink = tag.startsWith('<a ');
      if (isLink && /^(https:|mailto:)/.test(address!)) continue;
      const path = resolve(site, dirname(page), decodeURI(address!.replace(/[?#].*$/, '')));
      if (address!.startsWith('#')) continue;
      expect(address, page).not.toMatch(/^([a-z]+:|\/)/i);
      expect(existsSync(path) && !relative(site, path).startsWith('..'), `${page}: ${address}`).toBe(true);
    }
  }
  for (const file of readdirSync(join(site, 'assets')).filter((name) => name.endsWith('.css'))) {
    const style = read(`assets/${file}`);
    expect(style).not.toContain('@import');
    for (const [, address] of style.matchAll(/url\(\s*["']?([^"')]*)/g)) expect(address).toMatch(/^(data:|#)/);
  }
});

it('is the same wherever it is built', () => {
  for (const page of pages) expect(read(page).includes(root), page).toBe(false);
});

it.skipIf(chromium === undefined)(
  'asks no server for anything when it is read (needs Chromium: apt-get install chromium)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nfnets-api-site-'));
    const { ask, listen, close } = await openTab(folder, ['--disable-gpu']);
    try {
      const asked: string[] = [];
      const complaints: string[] = [];
      listen((method, params) => {
        if (method === 'Network.requestWillBeSent') asked.push(params.request.url);
        if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.exception?.description);
      });
      for (const domain of ['Network', 'Page', 'Runtime']) await ask(`${domain}.enable`);
      const text = async (expression: string) =>
        (await ask('Runtime.evaluate', { expression, returnByValue: true })).result.value as string;
      // A page of every kind.
      const kinds = new Map(pages.map((page) => [dirname(page), page]));
      for (const page of ['index.html', ...kinds.values()]) {
        const address = pathToFileURL(join(site, page)).href;
        await ask('Page.navigate', { url: address });
        // The script of the site shows the page once its navigation is there.
        const isShown = `location.href === '${address}' && document.querySelector('#tsd-nav-container a') && document.body.innerText.length > 100`;
        for (let i = 0; i < 200 && !(await text(`Boolean(${isShown})`)); i++) await wait(50);
        expect(await text(`Boolean(${isShown})`), page).toBe(true);
      }
      expect(asked.length).toBeGreaterThan(kinds.size);
      expect(asked.filter((address) => !address.startsWith(pathToFileURL(site).href))).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
  },
);
