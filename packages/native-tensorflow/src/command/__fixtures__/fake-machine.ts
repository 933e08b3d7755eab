import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { FAKE_TFJS_NODE } from './fake-tfjs-node.js';
import { markBinding } from '../../tfjs-node/binding-sources.js';
import { type MadeWheel, makeWheel } from './make-wheel.js';

const source = fileURLToPath(new URL('../../', import.meta.url));
const fixture = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A pretended program. Those that install packages write their arguments into `installed.txt` of the folder they run in. */
type Program = 'python3' | 'c++' | 'npm' | 'pnpm' | 'yarn' | 'bun';

const PROGRAMS: Readonly<Record<Program, string>> = {
  python3: 'fake-python.mjs',
  'c++': 'fake-compiler.mjs',
  npm: 'fake-package-manager.mjs',
  pnpm: 'fake-package-manager.mjs',
  yarn: 'fake-package-manager.mjs',
  bun: 'fake-package-manager.mjs',
};

/** Settings of one run of the command. */
export interface RunSettings {
  readonly env?: Readonly<Record<string, string>>;
  /** Programs on the PATH; python3 and c++ by default. */
  readonly programs?: readonly Program[];
  /** The folder that it runs in; the project's by default. */
  readonly cwd?: string;
  /** See fault.mjs. */
  readonly fault?: string;
  /** Ends the command by SIGKILL (by default) or another signal as soon as it has said this. */
  readonly killAfter?: string;
  readonly killBy?: NodeJS.Signals;
}

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A project folder with a package that looks like tfjs-node, and a folder of wheels for a pretended pip.
 *
 * The command lies, compiled, in a folder of its own: from there no real tfjs-node can be found, and prepared by mistake.
 */
export class FakeMachine {
  // A space, as in many a home folder.
  readonly folder = mkdtempSync(join(tmpdir(), 'nfnets native '));
  readonly project = join(this.folder, 'project');
  readonly wheels = join(this.folder, 'wheels');
  /** What the pretended package managers install from. */
  readonly registry = join(this.folder, 'registry');

  /** `command`: path of the compiled command. */
  constructor(private readonly command: string) {
    for (const folder of [this.project, this.wheels]) mkdirSync(folder);
    this.addPrograms();
    for (const name of ['tfjs-node', 'tfjs-node-gpu']) {
      const manifest = JSON.stringify({ name: `@tensorflow/${name}`, version: '4.22.0', main: 'dist/index.js' });
      writeFiles(join(this.registry, '@tensorflow', name), { ...FAKE_TFJS_NODE, 'package.json': manifest });
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Path in the pretended tfjs-node. */
  path(path: string, name = 'tfjs-node'): string {
    return join(this.project, 'node_modules', '@tensorflow', name, path);
  }

  /** Puts tfjs-node, without its native parts, into the project. */
  installTfjsNode(name = 'tfjs-node'): void {
    cpSync(join(this.registry, '@tensorflow', name), this.path('', name), { recursive: true });
  }

  /** Puts a TensorFlow into the package, as the command would. */
  fill(version: string): void {
    const files = { 'deps/lib/libtensorflow_cc.so.2': version, 'lib/napi-v8/tfjs_binding.node': `["libtensorflow_cc.so.2 ${version}"]` };
    writeFiles(this.path(''), files);
    markBinding(this.path(''));
  }

  /** Makes the binding that is there one that another version of the package built. */
  makeOutdated(): void {
    writeFileSync(this.path('lib/napi-v8/tfjs_binding.node.sources'), 'others');
  }

  /** Puts a wheel into pip's index and returns its path. */
  addWheel(wheel: MadeWheel): string {
    const { fileName, bytes } = makeWheel(wheel);
    const path = join(this.wheels, fileName);
    writeFileSync(path, bytes);
    return path;
  }

  /** The version of the TensorFlow that the package has, `none` without a binding; throws where the two do not go together. */
  get version(): string {
    const binding = this.path('lib/napi-v8/tfjs_binding.node');
    if (!existsSync(binding)) return 'none';
    const libraries = JSON.parse(readFileSync(binding, 'utf8')) as string[];
    for (const library of libraries) {
      const [name, version] = library.split(' ') as [string, string];
      if (readFileSync(this.path(`deps/lib/${name}`), 'utf8') !== version) throw new Error(`${name} is not of ${version}`);
    }
    return libraries[0]!.split(' ')[1]!;
  }

  /** Whether nothing but the package, and what was made for it, lies in its folder. */
  get isTidy(): boolean {
    const known = ['binding', 'binding.gyp', 'deps', 'dist', 'lib', 'package.json', 'scripts'];
    return readdirSync(this.path('')).every((name) => known.includes(name));
  }

  /** Runs the command in the project. */
  async run(args: readonly string[] = [], settings: RunSettings = {}): Promise<RunResult> {
    const { env = {}, programs = ['python3', 'c++'], fault, killAfter, killBy = 'SIGKILL', cwd = this.project } = settings;
    const preload = fault === undefined ? [] : ['--import', new URL('./fault.mjs', import.meta.url).href];
    const child = spawn(process.execPath, [...preload, this.command, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: programs.map((program) => join(this.folder, 'programs', program)).join(':'),
        FAKE_WHEELS: this.wheels,
        FAKE_REGISTRY: this.registry,
        ...(fault === undefined ? {} : { FAULT: fault }),
        ...env,
      },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
      if (killAfter !== undefined && stdout.includes(killAfter)) child.kill(killBy);
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    return await new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  }

  private addPrograms(): void {
    for (const [program, script] of Object.entries(PROGRAMS)) {
      const path = join(this.folder, 'programs', program, program);
      mkdirSync(dirname(path), { recursive: true });
      // The answer to `--version` needs no Node, and comes often.
      const version = `case "$* $FAKE_PIP" in *pip*--version*missing) exit 1;; *--version*) exit 0;; esac`;
      writeFileSync(path, `#!/bin/sh\n${version}\nexport FAKE_PROGRAM='${program}'\nexec '${process.execPath}' '${fixture(script)}' "$@"\n`);
      chmodSync(path, 0o755);
    }
  }
}

/** Writes texts into `folder` by their paths. */
export function writeFiles(folder: string, texts: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Compiles the package into `folder` as `tsc` would, so that it starts fast, and returns the path of the command. */
export function compileCommand(folder: string): string {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || /\.test\.|__fixtures__/.test(path)) continue;
    const text = readFileSync(join(source, path), 'utf8');
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };
    const { outputText } = ts.transpileModule(text, { compilerOptions });
    const compiled = join(folder, 'dist', path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, outputText);
  }
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['yauzl', 'node-api-headers', 'package-manager-detector']) {
    symlinkSync(join(source, '..', 'node_modules', name), join(folder, 'node_modules', name));
  }
  cpSync(join(source, '..', 'native'), join(folder, 'native'), { recursive: true });
  const bin = join(folder, 'bin', 'native-tensorflow.js');
  mkdirSync(dirname(bin));
  copyFileSync(join(source, '..', 'bin', 'native-tensorflow.js'), bin);
  return bin;
}
