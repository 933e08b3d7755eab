import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeHost } from '../machine/host.js';
import { compileCommand, FakeMachine } from './__fixtures__/fake-machine.js';
import { OWN_PLATFORM, tensorflowFiles } from './__fixtures__/make-wheel.js';

/** The wheel that the pretended pip has, of TensorFlow 2.99.0. */
const WHEEL = { name: 'tensorflow_cpu', version: '2.99.0' } as const;

const folder = mkdtempSync(join(tmpdir(), 'native-tensorflow-'));
const command = compileCommand(folder);
afterAll(() => rmSync(folder, { recursive: true }));

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine(command);
  machine.installTfjsNode();
  machine.addWheel(WHEEL);
});
afterEach(() => machine.remove());

/** Expects that nothing of the run is left, and that the next one works. */
async function expectWorkingAfterwards(before: string): Promise<void> {
  expect(machine.version).toBe(before);
  const next = await machine.run(['--force']);
  expect(next).toMatchObject({ code: 0, stderr: '' });
  expect(machine.version).toBe('2.99.0');
  expect(machine.isTidy).toBe(true);
}

// The pretended pip and compiler are shell scripts, and the wheels are Linux's.
const needsLinux = describeHost().glibc === undefined || !['x64', 'arm64'].includes(process.arch);

describe.skipIf(needsLinux)('native-tensorflow (needs Linux with glibc)', { timeout: 60_000 }, () => {
  it('takes TensorFlow from the wheel of pip, saying what it does and how large it is', async () => {
    const { code, stdout, stderr } = await machine.run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      `@tensorflow/tfjs-node 4.22.0 in ${machine.path('.')}`,
      expect.stringMatching(
        /^From pip's wheel of tensorflow(-cpu)?: about 27\d MB to download, \d{3} MB stay on the disk/,
      ),
      `Copying tensorflow_cpu-2.99.0-cp312-cp312-${OWN_PLATFORM}.whl, 0.0 MB`,
      'Unpacking tensorflow-cpu 2.99.0, 0.0 MB',
      'Building the binding with c++',
      'Loading it',
      expect.stringMatching(/^native is ready: TensorFlow 2\.99\.0 on the CPU, Node [\d.]+, made in \d+ s$/),
      expect.stringMatching(/^In your program: import "@nfnets\/native-tensorflow" before tfjs-node /),
      '',
    ]);
    expect(machine.version).toBe('2.99.0');
    expect(machine.isTidy).toBe(true);
    expect(readdirSync(machine.path('deps/lib'))).toEqual(['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']);
  });

  it('does nothing the second time, unless forced', async () => {
    await machine.run();
    const again = await machine.run([], { programs: [] });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/native is ready: TensorFlow 2\.99\.0 on the CPU, Node [\d.]+, there already\n$/);
    machine.addWheel({ ...WHEEL, version: '2.100.0' });
    rmSync(join(machine.wheels, `tensorflow_cpu-2.99.0-cp312-cp312-${OWN_PLATFORM}.whl`));
    expect((await machine.run(['--force'])).code).toBe(0);
    expect(machine.version).toBe('2.100.0');
  });

  it('makes anew what works but was built by another version, and keeps it where it cannot', async () => {
    machine.fill('2.98.0');
    machine.makeOutdated();
    const note = 'Another version of this package built its binding: run the command to have it made anew\n';
    const check = await machine.run(['--check']);
    expect(check.code).toBe(0);
    expect(check.stdout).toContain(note);
    const plan = await machine.run(['--dry-run']);
    expect(plan.stdout).toContain(`${note}Would take pip's wheel of `);
    expect(plan.stdout).not.toContain("tfjs-node's own download");

    const offline = await machine.run([], { env: { FAKE_PIP: 'offline', FAKE_TFJS: 'works' } });
    expect(offline.code).toBe(1);
    expect(offline.stderr).toMatch(/pip cannot reach its index .*What was there is as it was\.\n$/);
    expect([machine.version, machine.isTidy]).toEqual(['2.98.0', true]);
    expect((await machine.run(['--source', 'tfjs'])).stdout).toMatch(/there already\n$/);

    const { code, stdout, stderr } = await machine.run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('What is there works, and was built by another version of this package: making it anew\n');
    expect(machine.version).toBe('2.99.0');
    expect((await machine.run()).stdout).toMatch(/there already\n$/);
  });

  it("leaves alone what tfjs-node's own download brought", async () => {
    expect((await machine.run(['--source', 'tfjs'], { env: { FAKE_TFJS: 'works' } })).code).toBe(0);
    expect((await machine.run()).stdout).toMatch(/there already\n$/);
    expect(machine.version).toBe('2.9.1');
  });

  it('tells what is there and what it would do, and changes nothing', async () => {
    const check = await machine.run(['--check']);
    expect(check).toMatchObject({ code: 1, stderr: '' });
    expect(check.stdout).toContain('native is not ready: it has no native binding\n');
    const plan = await machine.run(['--dry-run']);
    expect(plan.stdout).toMatch(/Would take pip's wheel of .*; with python3 -m pip and c\+\+\n/);
    expect(plan.stdout).toContain("Where that fails, tfjs-node's own download, TensorFlow 2.9 of 2022: about 100 MB");
    expect((await machine.run(['--dry-run'], { programs: ['python3'] })).stdout).toMatch(
      /; but there is no C\+\+ compiler/,
    );
    expect([machine.version, machine.isTidy]).toEqual(['none', true]);
    machine.fill('2.98.0');
    expect((await machine.run(['--dry-run'])).stdout).toMatch(/; nothing would be done\n$/);
    expect((await machine.run(['--check'])).code).toBe(0);
  });

  it('waits for another run in the same folder, and takes what that one made', async () => {
    const [first, second] = await Promise.all([machine.run(), machine.run()]);
    expect([first, second]).toMatchObject([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    const both = first.stdout + second.stdout;
    expect(both).toMatch(/Waiting for process \d+ on \S+, which is at work in /);
    expect(both.match(/made in/g)).toHaveLength(1);
    expect([machine.version, machine.isTidy]).toEqual(['2.99.0', true]);
  });

  it('takes the wheel that it is given, without pip', async () => {
    const wheel = machine.addWheel({ ...WHEEL, version: '2.98.0' });
    const { code, stdout } = await machine.run(['--wheel', wheel], { programs: ['c++'] });
    expect(code).toBe(0);
    expect(stdout).toContain(`From the wheel ${wheel}, nothing to download; about 854 MB stay on the disk\n`);
    expect(machine.version).toBe('2.98.0');
  });

  it('puts the CUDA libraries of pip beside TensorFlow for a GPU', async () => {
    machine.installTfjsNode('tfjs-node-gpu');
    machine.addWheel({
      name: 'tensorflow',
      version: '2.99.0',
      requirements: [
        'Requires-Dist: numpy>=1',
        'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5; extra == "and-cuda"',
        'Requires-Dist: tensorflow-io; extra == "gcs-filesystem"',
      ],
    });
    machine.addWheel({
      name: 'nvidia_cublas_cu12',
      version: '12.9',
      files: {
        'nvidia/cublas/lib/libcublas.so.12': '12.9',
        'nvidia/cublas/lib/libnvblas.so.12': '12.9',
        'nvidia/cublas/include/cublas.h': '',
      },
    });
    const { code, stdout, stderr } = await machine.run(['--gpu']);
    if (process.arch !== 'x64') return expect(stderr).toContain('this way exists for Linux x86_64');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      "From pip's wheel of tensorflow and CUDA: about 3.2 GB to download, 6.0 GB stay on the disk (a guess)",
    );
    expect(stdout).toContain('native is ready: TensorFlow 2.99.0 on the GPU');
    expect(JSON.parse(readFileSync(machine.path('lib/napi-v8/tfjs_binding.node', 'tfjs-node-gpu'), 'utf8'))).toEqual([
      'libtensorflow_cc.so.2 2.99.0',
      'libtensorflow_framework.so.2 2.99.0',
      'libcublas.so.12 12.9',
    ]);
    // The others are there for those that need them.
    expect(readdirSync(machine.path('deps/lib', 'tfjs-node-gpu'))).toContain('libnvblas.so.12');
  });

  it.each([
    [
      'no pip',
      { FAKE_PIP: 'missing' },
      'there is no pip. Install it (apt-get install python3-pip), or give a wheel with --wheel FILE',
    ],
    [
      'pip offline',
      { FAKE_PIP: 'offline' },
      /pip cannot reach its index for tensorflow(-cpu)?<3\. Go online, or give a wheel/,
    ],
    [
      'a broken pip',
      { FAKE_PIP: 'broken' },
      /pip could not download tensorflow(-cpu)?<3 \(ModuleNotFoundError: No module named distutils\)/,
    ],
    [
      'a compiler that fails',
      { FAKE_COMPILER: 'fails' },
      'c++ cannot build the binding (tfjs_binding.cc:1:10: fatal error: string: No such file',
    ],
  ])('with %s, goes on to what tfjs-node downloads, and tells both where that fails too', async (_, env, reason) => {
    const failure = await machine.run([], { env });
    expect(failure.code).toBe(1);
    expect(failure.stderr).toMatch(reason);
    expect(failure.stderr).toMatch(/^native-tensorflow: native TensorFlow could not be prepared\. pip: /);
    expect(failure.stderr).toContain(`; tfjs: tfjs-node's own download cannot be reached. Go online.\n`);
    expect(failure.stderr.split('\n')).toHaveLength(2);
    expect([machine.version, machine.isTidy]).toEqual(['none', true]);

    const { code, stdout } = await machine.run([], { env: { ...env, FAKE_TFJS: 'works' } });
    expect(code).toBe(0);
    expect(stdout).toMatch(reason);
    expect(stdout).toContain("\nFrom tfjs-node's own download");
    expect([machine.version, machine.isTidy]).toEqual(['2.9.1', true]);
  });

  it('with no compiler, downloads no wheel, and goes on to what tfjs-node downloads', async () => {
    const { stdout, stderr } = await machine.run([], { programs: ['python3'] });
    expect(stdout).not.toContain('Copying');
    expect(stderr).toContain(
      'pip: there is no C++ compiler to build the binding with. Install one (apt-get install g++); tfjs: ',
    );
    expect((await machine.run([], { programs: ['python3'], env: { FAKE_TFJS: 'works' } })).code).toBe(0);
    expect(machine.version).toBe('2.9.1');
  });

  it('takes the wheel of another Python where its own has none', async () => {
    const { code, stdout } = await machine.run([], { env: { FAKE_PIP: 'new python' } });
    expect(stdout).toContain('There is no wheel for this Python; asking for the one of Python 3.12.\n');
    expect(code).toBe(0);
  });

  it('refuses a wheel of another platform', async () => {
    const wheel = machine.addWheel({ ...WHEEL, platform: 'win_amd64' });
    const { code, stderr } = await machine.run(['--wheel', wheel]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `native-tensorflow: native TensorFlow could not be prepared. wheel: tensorflow_cpu-2.99.0-cp312-cp312-win_amd64.whl: this wheel is for win_amd64, and this is linux ${process.arch}. Take the one of this system.\n`,
    );
    await expectWorkingAfterwards('none');
  });

  it('refuses a wheel that is cut short, damaged, missing, or of something else', async () => {
    const wheel = machine.addWheel({ ...WHEEL, version: '2.98.0' });
    truncateSync(wheel, 500);
    const cut = await machine.run(['--wheel', wheel]);
    expect(cut.code).toBe(1);
    expect(cut.stderr).toMatch(/2\.98\.0-\S+\.whl is damaged, cut short or no wheel \(.*\)\. Download it again\.\n$/);

    const tampered = machine.addWheel({ ...WHEEL, tampered: 'tensorflow/libtensorflow_cc.so.2' });
    expect((await machine.run(['--wheel', tampered])).stderr).toContain(
      'the SHA-256 of tensorflow/libtensorflow_cc.so.2 is not the one in its RECORD',
    );
    expect((await machine.run(['--wheel', 'nowhere.whl'])).stderr).toContain('wheel: there is no file nowhere.whl.\n');
    const other = machine.addWheel({ name: 'numpy', version: '2.4', files: { 'numpy/__init__.py': '' } });
    expect((await machine.run(['--wheel', other])).stderr).toContain(
      'this wheel, of numpy 2.4, has no tensorflow/libtensorflow_cc.so.2.',
    );
    rmSync(wheel);
    machine.addWheel(WHEEL);
    await expectWorkingAfterwards('none');
  });

  it('keeps what was there when what came does not load', async () => {
    machine.fill('2.98.0');
    const wheel = machine.addWheel({ ...WHEEL, version: '2.97.0', files: tensorflowFiles('SIGILL') });
    const { code, stderr } = await machine.run(['--force', '--wheel', wheel]);
    expect(code).toBe(1);
    expect(stderr).toContain('it ended with SIGILL: this processor lacks instructions that it was built for');
    expect(stderr).toContain('What was there is as it was.\n');
    rmSync(wheel);
    await expectWorkingAfterwards('2.98.0');
  });

  it.each([
    [
      'a folder that cannot be written',
      'mkdir:1:EACCES',
      /\.native-tensorflow cannot be written \(EACCES: no permission, or a read-only disk\)\. Run the command as the owner of /,
    ],
    ['a read-only disk', 'mkdir:1:EROFS', /cannot be written \(EROFS/],
    [
      'a small disk',
      'statfs:1:small',
      /too little space on the disk: this takes 1\.2 GB while at work, and 0\.0 MB are free\. Free some/,
    ],
    ['a disk that fills up', 'cp:1:ENOSPC', /no space left on the disk\. Free some and run the same command again\. /],
    ['a refused move', 'rename:4:EACCES', /lib cannot be written \(EACCES/],
  ])('ends in one message on %s, and keeps what was there', async (_, fault, message) => {
    machine.fill('2.98.0');
    const { code, stderr } = await machine.run(['--force'], { fault });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/What was there is as it was\.\n$/);
    expect(stderr.split('\n')).toHaveLength(2);
    expect([machine.version, machine.isTidy]).toEqual(['2.98.0', true]);
  });

  it('ends in one message on a file in the way', async () => {
    writeFileSync(machine.path('.native-tensorflow'), '');
    const { code, stderr } = await machine.run();
    expect(code).toBe(1);
    expect(stderr).toContain('.native-tensorflow cannot be made: a file is in the way (EEXIST). Move it away.');
  });

  it('tells that the disk is full when pip finds it so', async () => {
    const { code, stdout, stderr } = await machine.run([], { env: { FAKE_PIP: 'full disk', FAKE_TFJS: 'works' } });
    expect(code).toBe(1);
    expect(stderr).toContain('There is no space left on the disk. Free some and run the same command again.\n');
    expect(stdout).not.toContain('Not from pip');
  });

  it.each([
    ['while pip downloads', { killAfter: 'Downloading', env: { FAKE_PIP: 'hangs' } }],
    ['while the binding is built', { killAfter: 'Building', env: { FAKE_COMPILER: 'hangs' } }],
    ['while it is loaded', { killAfter: 'Loading', env: { FAKE_LOAD: 'hangs' } }],
  ])('is safe to kill %s', async (_, settings) => {
    for (const before of ['none', '2.98.0']) {
      if (before !== 'none') machine.fill(before);
      expect(await machine.run(['--force'], settings)).toMatchObject({ code: null, stderr: '' });
      expect(machine.version).toBe(before);
      // Somebody who only wants to use it does not see the rest.
      expect((await machine.run(['--check'])).code).toBe(before === 'none' ? 1 : 0);
    }
    await expectWorkingAfterwards('2.98.0');
  });

  it.each([1, 2, 3, 4])('is safe to kill before step %i of moving into place', async (step) => {
    machine.fill('2.98.0');
    await machine.run(['--force'], { fault: `rename:${step}:SIGKILL` });
    await expectWorkingAfterwards(step === 1 ? '2.98.0' : 'none');
  });

  it('removes what a killed run left even where there is nothing else to do', async () => {
    machine.fill('2.99.0');
    await machine.run(['--force'], { killAfter: 'Building', env: { FAKE_COMPILER: 'hangs' } });
    expect(machine.isTidy).toBe(false);
    await machine.run();
    expect([machine.version, machine.isTidy]).toEqual(['2.99.0', true]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const settings = { killAfter: 'Building', killBy: 'SIGINT', env: { FAKE_COMPILER: 'hangs' } } as const;
    const { code, stderr } = await machine.run([], settings);
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: 'native-tensorflow: interrupted; nothing is left behind.\n',
    });
    expect([machine.version, machine.isTidy]).toEqual(['none', true]);
  });

  it('replaces what does not load, such as a binding without its library', async () => {
    machine.fill('2.98.0');
    rmSync(machine.path('deps'), { recursive: true });
    const { code, stdout } = await machine.run();
    expect(code).toBe(0);
    expect(stdout).toContain('What is there does not work: ');
    expect(machine.version).toBe('2.99.0');
  });

  it('explains its options', async () => {
    expect((await machine.run(['--help'])).stdout).toContain('--wheel FILE');
    const { code, stderr } = await machine.run(['--wheels']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^native-tensorflow: Unknown option '--wheels'[\s\S]*Usage: native-tensorflow/);
  });
});
