import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeHost } from '../machine/host.js';
import { compileCommand, FakeMachine, writeFiles } from './__fixtures__/fake-machine.js';

const folder = mkdtempSync(join(tmpdir(), 'native-tensorflow-'));
const command = compileCommand(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const NPM = 'npm i --ignore-scripts @tensorflow/tfjs-node@4.22';
const WITH_NPM = { programs: ['python3', 'c++', 'npm'] } as const;

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine(command);
  machine.addWheel({ name: 'tensorflow_cpu', version: '2.99.0' });
  writeFiles(machine.project, { 'package.json': '{}' });
});
afterEach(() => machine.remove());

/** The commands of package managers that were run in a folder. */
const installed = (place = machine.project) =>
  existsSync(join(place, 'installed.txt')) ? readFileSync(join(place, 'installed.txt'), 'utf8').trim().split('\n') : [];

// The pretended programs are shell scripts, and the wheels are Linux's.
const needsLinux = describeHost().glibc === undefined || !['x64', 'arm64'].includes(process.arch);

describe.skipIf(needsLinux)('native-tensorflow without tfjs-node (needs Linux with glibc)', { timeout: 60_000 }, () => {
  it('installs it without its script after saying so, and prepares it', async () => {
    const { code, stdout, stderr } = await machine.run([], WITH_NPM);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      `@tensorflow/tfjs-node is not installed. Running in ${machine.project}: ${NPM}\n@tensorflow/tfjs-node 4.22.0 in `,
    );
    expect(installed()).toEqual([NPM]);
    expect([machine.version, machine.isTidy]).toEqual(['2.99.0', true]);
    expect(existsSync(join(machine.project, '.native-tensorflow'))).toBe(false);
  });

  it('installs the build for GPUs when that is asked for', async () => {
    await machine.run(['--gpu'], WITH_NPM);
    expect(installed()).toEqual(['npm i --ignore-scripts @tensorflow/tfjs-node-gpu@4.22']);
  });

  it.each([
    ['pnpm-lock.yaml', 'pnpm', 'pnpm add --ignore-scripts @tensorflow/tfjs-node@4.22'],
    ['yarn.lock', 'yarn', 'yarn add --ignore-scripts @tensorflow/tfjs-node@4.22'],
    ['bun.lock', 'bun', 'bun add --ignore-scripts @tensorflow/tfjs-node@4.22'],
  ] as const)('installs it with the package manager of %s', async (lockfile, program, line) => {
    writeFiles(machine.project, { [lockfile]: '' });
    expect((await machine.run([], { programs: ['python3', 'c++', 'npm', program] })).code).toBe(0);
    expect(installed()).toEqual([line]);
  });

  it('tells the newer Yarn by its settings, which takes another option', async () => {
    writeFiles(machine.project, { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules' });
    expect((await machine.run([], { programs: ['python3', 'c++', 'yarn'] })).code).toBe(0);
    expect(installed()).toEqual(['yarn add --mode=skip-build @tensorflow/tfjs-node@4.22']);
  });

  it('keeps to the version that package.json asks for', async () => {
    writeFiles(machine.project, { 'package.json': '{ "dependencies": { "@tensorflow/tfjs-node": "4.20.0" } }' });
    expect((await machine.run([], WITH_NPM)).code).toBe(0);
    expect(installed()).toEqual(['npm i --ignore-scripts']);
  });

  it('installs in the package of a workspace that it is run in, or below', async () => {
    const member = join(machine.project, 'packages', 'member');
    writeFiles(machine.project, { 'package-lock.json': '{}', 'packages/member/package.json': '{}' });
    mkdirSync(join(member, 'src'));
    expect((await machine.run([], { ...WITH_NPM, cwd: join(member, 'src') })).code).toBe(0);
    expect([installed(member), installed()]).toEqual([[NPM], []]);
  });

  it('prepares the one that a workspace has in a folder above, and installs none', async () => {
    machine.installTfjsNode();
    writeFiles(machine.project, { 'packages/member/package.json': '{}' });
    const { code } = await machine.run([], { ...WITH_NPM, cwd: join(machine.project, 'packages', 'member') });
    expect([code, machine.version, installed()]).toEqual([0, '2.99.0', []]);
  });

  it('only says so with --check and --dry-run', async () => {
    const check = await machine.run(['--check'], WITH_NPM);
    expect(check).toEqual({
      code: 1,
      stderr: '',
      stdout: 'native is not ready: @tensorflow/tfjs-node is not installed\n',
    });
    const plan = await machine.run(['--dry-run'], WITH_NPM);
    expect(plan.stdout).toMatch(`Would run in ${machine.project}: ${NPM}\nWould take pip's wheel of `);
    expect(installed()).toEqual([]);
  });

  it('installs it once where it is run twice at a time', async () => {
    const runs = await Promise.all([machine.run([], WITH_NPM), machine.run([], WITH_NPM)]);
    expect(runs).toMatchObject([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    expect([installed(), machine.version]).toEqual([[NPM], '2.99.0']);
  });

  it.each([
    [
      'offline',
      /tfjs-node could not be installed \(code ENOTFOUND, syscall getaddrinfo, errno ENOTFOUND\)\. See what this says, and run the same command again: npm i /,
    ],
    ['nothing', /`npm i .*` ended well, and @tensorflow\/tfjs-node is not there\. Install it in .* by hand\./],
  ])('says what the package manager said where it does not come (%s)', async (behaviour, message) => {
    const { code, stderr } = await machine.run([], { ...WITH_NPM, env: { FAKE_NPM: behaviour } });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(existsSync(join(machine.project, '.native-tensorflow'))).toBe(false);
    expect((await machine.run([], WITH_NPM)).code).toBe(0);
  });

  it('says which command to run where the package manager is not on the PATH', async () => {
    const { code, stderr } = await machine.run();
    expect(code).toBe(1);
    expect(stderr).toContain(`@tensorflow/tfjs-node is not installed, and there is no npm on the PATH. Run: ${NPM}\n`);
  });

  it('installs nothing in a folder that is no project', async () => {
    rmSync(join(machine.project, 'package.json'));
    const { code, stderr } = await machine.run([], WITH_NPM);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `native-tensorflow: native TensorFlow could not be prepared. There is no project in ${machine.project}: no package.json, nor one in a folder above. Go to your project, or make one: npm init -y\n`,
    );
    expect(installed()).toEqual([]);
  });

  it('says which setting Yarn needs where it keeps packages in zip files', async () => {
    writeFiles(machine.project, { '.pnp.cjs': '', 'yarn.lock': '' });
    const { code, stderr } = await machine.run([], { programs: ['python3', 'c++', 'yarn'] });
    expect(code).toBe(1);
    expect(stderr).toContain('Write `nodeLinker: node-modules` into .yarnrc.yml');
  });

  it('says so where the project cannot be written', async () => {
    const { code, stderr } = await machine.run([], { ...WITH_NPM, fault: 'mkdir:1:EROFS' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\.native-tensorflow cannot be written \(EROFS: no permission, or a read-only disk\)/);
    expect(installed()).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const settings = { killAfter: 'Running in', killBy: 'SIGINT', env: { FAKE_NPM: 'hangs' } } as const;
    const { code, stderr } = await machine.run([], { ...WITH_NPM, ...settings });
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: 'native-tensorflow: interrupted; nothing is left behind.\n',
    });
    expect(existsSync(join(machine.project, '.native-tensorflow'))).toBe(false);
  });
});
