import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importedBy, installedBy, readmePrograms } from './readme-programs.js';
import { typeMistakes } from './type-mistakes.js';

/*
 * What a stranger does: `npm install` our packages beside TensorFlow.js in an empty project, and run an example there.
 * Needs the packages built (`npm test` builds first) and the npm registry.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const places = [...readdirSync(join(root, 'packages')).map((library) => `packages/${library}`), 'apps/sweeps'];
const libraries = places.map((place) => basename(place));
const readmes = ['.', ...places].map((place) => {
  const path = join(place, 'README.md');
  return { path, text: readFileSync(join(root, path), 'utf8') };
});
const programs = readmes.flatMap(({ path, text }) => readmePrograms(path, text));
const folder = mkdtempSync(join(tmpdir(), 'nfnets-packed-'));
const project = join(folder, 'project');

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

beforeAll(() => {
  mkdirSync(project);
  for (const place of places) run('npm', ['pack', '--silent', '--pack-destination', folder], join(root, place));
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
  // Optional native engines are left out, and no script runs: tfjs-node's would download a TensorFlow library.
  const packed = tarballs.map((name) => join(folder, name));
  const others = new Set(
    readmes.flatMap(({ text }) => installedBy(text)).filter((name) => !name.startsWith('@nfnets/')),
  );
  const options = ['--no-audit', '--no-fund', '--omit=optional', '--ignore-scripts'];
  run('npm', ['install', ...options, '@tensorflow/tfjs@4.22.0', '@types/node@20', ...others, ...packed], project);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('packed packages', () => {
  it('contain the build and the README, and no test', () => {
    for (const library of libraries) {
      const files = readdirSync(join(project, 'node_modules/@nfnets', library), { recursive: true, encoding: 'utf8' });
      expect(files, library).toContain('README.md');
      expect(files, library).toContain('LICENSE');
      expect(files, library).toContain(join('dist', 'index.js'));
      expect(files, library).toContain(join('dist', 'index.d.ts'));
      expect(
        files.filter((file) => /\.test\.|__fixtures__|tsbuildinfo/.test(file)),
        library,
      ).toEqual([]);
    }
  });

  it('install one copy of TensorFlow.js', () => {
    const listed = run('npm', ['ls', '@tensorflow/tfjs-core', '--all', '--parseable'], project).trim().split('\n');
    expect(new Set(listed).size).toBe(1);
  });

  it.each(libraries)('%s can be imported', (library) => {
    const code = `console.log(Object.keys(await import('@nfnets/${library}')).length)`;
    expect(Number(run('node', ['--input-type=module', '--eval', code], project))).toBeGreaterThanOrEqual(0);
  });

  it('bring the command that prepares native TensorFlow, by both of its names', () => {
    for (const name of ['native-tensorflow', 'nfnets-native'])
      expect(run('npx', ['--no-install', name, '--help'], project)).toContain(`Usage: ${name} [options]`);
  });

  it('load images in threads', () => {
    const code = `
      import '@tensorflow/tfjs';
      import { arrayDataset } from '@nfnets/data';
      import { imageLoader } from '@nfnets/data/node';
      const pixels = { images: new Uint8Array(640), labels: Array(10).fill(1), imageShape: [8, 8, 1], numClasses: 2 };
      const source = arrayDataset({ ...pixels, normalization: { mean: 0, std: 1 } });
      const augment = [{ op: 'padAndCrop' }, { op: 'horizontalFlip' }];
      const request = { batchSize: 5, shuffleSeed: 1, partialBatch: 'drop' };
      const shapes = [];
      for await (const { images } of imageLoader(source, { imageSize: 8, augment, workers: 2 }).batches(request)) {
        shapes.push(images.shape);
      }
      console.log(JSON.stringify(shapes));`;
    expect(run('node', ['--input-type=module', '--eval', code], project)).toContain('[[5,8,8,1],[5,8,8,1]]');
  });

  it.each([
    ['01-agc-in-an-existing-model.ts', 'epoch    plain      with AGC'],
    ['02-ws-conv-layer.ts', 'folded and unfolded differ by'],
  ])('run example %s', (example, printed) => {
    const source = readFileSync(join(root, 'examples', example), 'utf8');
    const target = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const file = example.replace(/\.ts$/, '.js');
    writeFileSync(join(project, file), ts.transpileModule(source, { compilerOptions: target }).outputText);
    expect(run('node', [file], project)).toContain(printed);
  });
});

describe('the READMEs', () => {
  it.each(readmes.filter(({ path }) => path !== 'README.md'))(
    '$path says what to install for its programs',
    ({ path, text }) => {
      const installed = installedBy(text);
      for (const { name, code } of programs.filter(({ name }) => name.startsWith(`${path},`)))
        for (const needed of importedBy(code)) expect(installed, `${name} imports ${needed}`).toContain(needed);
    },
  );

  it('show programs that are sound under strict TypeScript', () => {
    const mistakes = typeMistakes(programs, project, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ['node'],
      typeRoots: [join(project, 'node_modules/@types')],
    });
    expect(mistakes).toEqual([]);
  });

  for (const [i, { name, code, notRun }] of programs.entries())
    it.skipIf(notRun !== undefined)(
      `${name}, runs as printed${notRun === undefined ? '' : ` (not run: ${notRun})`}`,
      () => {
        const target = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
        const file = join(project, `readme-${i}.mjs`);
        writeFileSync(file, ts.transpileModule(code, { compilerOptions: target }).outputText);
        run('node', [file], project);
      },
    );
});
