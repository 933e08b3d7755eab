import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLAIMS, claimsTable } from './runtimes/claims.js';
import { difference } from './runtimes/difference.js';
import { installRuntime, type RuntimeName, VERSIONS } from './runtimes/install-runtime.js';

/*
 * What the packages do on Bun and Deno: programs on what is built (`npm test` builds first) give the figures that they give in Node,
 * and suites of the packages pass there. The README says what is tested here.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const START = '<!-- runtimes -->\n';
const END = '\n<!-- /runtimes -->';

/** Suites of the kernels that are left out: they take longest, measure time, or count threads by Node's own report. */
const LEFT_OUT = ['depthwise-kernels', 'special-numbers', 'thread-pool', 'set-threads'];

/** Of the golden network the wasm engine alone, and of each property as many cases as a moment takes. */
const SHORT = { NFNETS_ENGINES: 'wasm', NFNETS_SHORT_PROPERTIES: '1' };

/** Without those that say to the suites that they run inside this one. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_|TEST$)/.test(name)),
);
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'nfnets-runtimes-'));
  const modules = join(project, 'node_modules');
  for (const scope of ['@nfnets', '@tensorflow']) mkdirSync(join(modules, scope), { recursive: true });
  for (const name of readdirSync(join(root, 'packages'))) {
    symlinkSync(join(root, 'packages', name), join(modules, '@nfnets', name), 'dir');
  }
  for (const name of ['@tensorflow/tfjs', 'sharp']) {
    symlinkSync(join(root, 'packages/data/node_modules', name), join(modules, name), 'dir');
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  cpSync(join(root, 'tests/runtimes/programs'), project, { recursive: true });
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Runs a program to its end. The suites that it may be say whether they failed in their report. */
async function run(command: readonly string[], cwd: string, settings: Record<string, string> = {}) {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    cwd,
    env: { ...environment, TF_CPP_MIN_LOG_LEVEL: '2', NO_COLOR: '1', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of their own, to end those that it starts with it.
    detached: true,
  });
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 560_000);
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  clearTimeout(timer);
  return { stdout, stderr, status: status as number | null };
}

/** What a program says, in its last line. Of errors nothing may be printed. */
async function figuresOf(command: readonly string[], program: string): Promise<object> {
  const { stdout, stderr, status } = await run([...command, ...program.split(' ')], project);
  if (status !== 0) throw new Error(`${program} ends with ${status}: ${stderr.slice(-2000)}`);
  expect(stderr).not.toMatch(/\w*Error: /);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as object;
}

const inNode = new Map<string, object>();

/** What the program says in Node, which runs it once. */
async function figuresInNode(program: string): Promise<object & { readonly missing?: unknown }> {
  const figures = inNode.get(program) ?? (await figuresOf([process.execPath], program));
  inNode.set(program, figures);
  return figures;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** The names of the tests of a suite that pass in `command`, and what failed. */
async function runSuite(command: readonly string[], folder: string, args: readonly string[]) {
  const report = join(project, 'report.json');
  rmSync(report, { force: true });
  const options = ['--maxWorkers=2', '--reporter=json', `--outputFile=${report}`];
  const cwd = join(root, folder);
  const { stderr } = await run([...command, vitest, 'run', ...options, ...args], cwd, SHORT);
  if (!existsSync(report)) throw new Error(`vitest ends without a report: ${stderr.slice(-2000)}`);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const results = testResults.flatMap((file) => [
    ...file.assertionResults,
    ...(file.status === 'failed' && file.assertionResults.length === 0
      ? [{ fullName: file.name, status: 'failed', failureMessages: [file.message] }]
      : []),
  ]);
  return {
    passed: results.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
    failed: results
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.slice(0, 500)}`),
  };
}

for (const name of Object.keys(VERSIONS) as RuntimeName[]) {
  const runtime = installRuntime(name);
  const isMissing = 'missing' in runtime;
  const needs = isMissing ? ` (needs it from npm: npm install ${name}@${VERSIONS[name]} says ${runtime.missing})` : '';
  const command = isMissing ? [] : runtime.command;

  describe.skipIf(isMissing)(`on ${name}${needs}`, () => {
    it('is the runtime that programs and suites run on', async () => {
      expect(await figuresOf(command, 'versions.mjs')).toHaveProperty(name, VERSIONS[name]);
    });

    for (const { what, program, except } of CLAIMS) {
      const reason = except?.[name];
      it(`${what}: ${reason === undefined ? 'as in Node' : `not, ${reason}`}`, async ({ skip }) => {
        const expected = await figuresInNode(program);
        if ('missing' in expected) skip(`needs TensorFlow: ${expected.missing}`);
        if (reason === undefined) expect(difference(await figuresOf(command, program), expected, 1e-6)).toBeUndefined();
        else await expect(figuresOf(command, program)).rejects.toThrow();
      });
    }

    it('the golden network has the numbers of its authors', async () => {
      const { passed, failed } = await runSuite(command, 'packages/models', ['golden-network']);
      expect(failed).toEqual([]);
      expect(passed.filter((test) => test.startsWith('on wasm'))).toHaveLength(9);
    });

    it('kernels agree with the cpu backend', { timeout: 600_000 }, async () => {
      const excluded = LEFT_OUT.map((suite) => `--exclude=**/${suite}.test.ts`);
      const { passed, failed } = await runSuite(command, 'packages/wasm-training', excluded);
      expect(failed).toEqual([]);
      expect(passed.length).toBeGreaterThan(100);
    });
  });
}

describe('the README', () => {
  it('says what works on which runtime', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
    expect(start, `README.md must contain ${START}`).toBeGreaterThan(0);
    expect(readme.slice(start + START.length, end)).toBe(claimsTable(CLAIMS));
  });

  it('shows why something does not work', () => {
    const claim = { what: 'x', program: 'x.mjs', except: { deno: 'no: it has no x' } };
    expect(claimsTable([claim])).toBe(
      `|  | Bun ${VERSIONS.bun} | Deno ${VERSIONS.deno} |\n| --- | --- | --- |\n| x | yes | no: it has no x |`,
    );
  });
});

describe('difference', () => {
  it('tells where figures are not the same', () => {
    expect(difference({ a: [1, 2e6], b: 'x' }, { a: [1 + 9e-7, 2e6 + 1], b: 'x' }, 1e-6)).toBeUndefined();
    expect(difference({ a: [1, 2] }, { a: [1, 2.00001] }, 1e-6)).toBe('/a/1: 2 instead of 2.00001');
    expect(difference({ a: 1 }, { a: 1, b: 2 }, 1e-6)).toBe(': has a instead of a,b');
    expect(difference([Number.NaN], [1], 1e-6)).toBe('/0: null instead of 1');
    expect(difference('x', 'y', 1e-6)).toBe(': "x" instead of "y"');
  });
});
