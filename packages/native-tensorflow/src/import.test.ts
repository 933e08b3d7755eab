import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileCommand, FakeMachine, writeFiles } from './command/__fixtures__/fake-machine.js';

const folder = mkdtempSync(join(tmpdir(), 'native-tensorflow-'));
const index = join(compileCommand(folder), '../../dist/index.js');
afterAll(() => rmSync(folder, { recursive: true }));

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine('');
});
afterEach(() => machine.remove());

/** Runs `code` in the project, after the import, as a program that knows only tfjs-node. */
function runAfterImport(code: string, env: Readonly<Record<string, string>> = {}) {
  writeFiles(machine.project, { 'program.cjs': code });
  const args = ['--import', pathToFileURL(index).href, 'program.cjs'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: machine.project, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const LOAD = "require('@tensorflow/tfjs-node'); console.log('loaded')";

describe("import '@nfnets/native-tensorflow'", () => {
  it('lets a program load a tfjs-node that is prepared, and says nothing', () => {
    machine.installTfjsNode();
    machine.fill('2.99.0');
    expect(runAfterImport(LOAD)).toEqual({ status: 0, stdout: 'loaded\n', stderr: '' });
  });

  it.each([
    ['is not installed', () => undefined, "Cannot find module '@tensorflow/tfjs-node'"],
    ['has no native TensorFlow yet', () => machine.installTfjsNode(), "no such file or directory, open '"],
  ])('says which command to run, ahead of its error, where tfjs-node %s', (state, make, error) => {
    make();
    const { status, stderr } = runAfterImport(LOAD);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^@nfnets/native-tensorflow: @tensorflow/tfjs-node ${state}\\. Run: npx @nfnets/native-tensorflow\n[\\s\\S]*${error}`,
      ),
    );
  });

  it('says so where the library beside the binding is missing', () => {
    machine.installTfjsNode();
    machine.fill('2.99.0');
    rmSync(machine.path('deps'), { recursive: true });
    expect(runAfterImport('').stderr).toContain('has no native TensorFlow yet');
  });

  it('says so where another version of the package built the binding, and lets the program go on', () => {
    machine.installTfjsNode();
    machine.fill('2.99.0');
    machine.makeOutdated();
    expect(runAfterImport(LOAD)).toEqual({
      status: 0,
      stdout: 'loaded\n',
      stderr:
        '@nfnets/native-tensorflow: @tensorflow/tfjs-node works, but lacks what this version adds to it. Run: npx @nfnets/native-tensorflow\n',
    });
  });

  it('names the build for GPUs where that is the one', () => {
    machine.installTfjsNode('tfjs-node-gpu');
    expect(runAfterImport('').stderr).toBe(
      '@nfnets/native-tensorflow: @tensorflow/tfjs-node-gpu has no native TensorFlow yet. Run: npx @nfnets/native-tensorflow --gpu\n',
    );
  });

  it('lets a program go on that does without', () => {
    const { status, stdout } = runAfterImport(
      "try { require('@tensorflow/tfjs-node') } catch {} console.log('went on')",
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'went on\n' });
  });

  it('keeps the settings of TensorFlow that the user has made', () => {
    const show = 'console.log(process.env.TF_CPP_MIN_LOG_LEVEL, process.env.TF_NUM_INTRAOP_THREADS)';
    expect(runAfterImport(show, { TF_CPP_MIN_LOG_LEVEL: '0', TF_NUM_INTRAOP_THREADS: '3' }).stdout).toBe('0 3\n');
    expect(runAfterImport(show).stdout).toMatch(/^2 /);
  });

  it('does nothing but say so on a Node that is too old', () => {
    writeFiles(machine.project, { 'old.cjs': 'delete process.getBuiltinModule;' });
    const args = ['--require', './old.cjs', '--import', pathToFileURL(index).href, '--eval', "console.log('went on')"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: machine.project, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'went on\n' });
    expect(stderr).toMatch(
      /^@nfnets\/native-tensorflow: this needs Node 20\.19 or later, does nothing on Node [^\n]*\n$/,
    );
  });

  it('takes an argument of `node --eval` for no program', () => {
    const code = `import(${JSON.stringify(pathToFileURL(index).href)}).then(() => console.log('imported'))`;
    const { stdout } = spawnSync(process.execPath, ['--eval', code, 'argument'], {
      cwd: machine.project,
      encoding: 'utf8',
    });
    expect(stdout).toBe('imported\n');
  });
});
