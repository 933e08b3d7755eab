import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childCommand } from './our-child.js';
import type { Command } from './participant.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a child imports beside packages; it and they come from here, so that both builds are asked and fed alike. */
const ROOMS = ['children', 'inputs', 'nets', 'processes'];

/**
 * How to run a script of `children/` with the packages as they were at `commit`: those are built once, in `bench/.peers`. Where that cannot
 * be, one line that says why.
 */
export function earlierChild(commit: string, script: string, args: readonly string[]): Command | string {
  const folder = join(root, `bench/.peers/nfnets-${commit}`);
  const missing = build(commit, folder);
  if (missing !== undefined) return missing;
  const bench = join(folder, 'bench');
  for (const room of ROOMS) {
    rmSync(join(bench, room), { recursive: true, force: true });
    cpSync(join(root, 'bench', room), join(bench, room), { recursive: true });
  }
  return childCommand(join(bench, 'children', script), createRequire(join(bench, 'package.json')).resolve('tsx'), args);
}

/** Builds the packages of `commit` in `folder`, unless they are there; why not, where that fails. */
function build(commit: string, folder: string): string | undefined {
  const done = join(folder, 'built');
  if (existsSync(done)) return undefined;
  if (spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).status !== 0) {
    return `git has no commit ${commit} here: \`git fetch --unshallow\` brings it to a clone that lacks history`;
  }
  console.error(`building the packages of ${commit} in bench/.peers, once`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const archive = `${folder}.tar`;
  const run = (program: string, args: readonly string[], cwd = folder) => {
    const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
    if (status === 0) return undefined;
    const said = error?.message ?? `${stdout}${stderr}`.trim().split('\n').at(-1);
    return `the packages of ${commit} cannot be built: ${program} ${args[0]} fails (${said})`;
  };
  const pnpm = () => {
    const { packageManager } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly packageManager: string;
    };
    const install = ['install', '--frozen-lockfile', '--prefer-offline', '--ignore-scripts'];
    return run('npx', ['-y', packageManager, ...install, '--filter', '@nfnets/bench...']);
  };
  const failure =
    run('git', ['archive', '--output', archive, commit], root) ??
    run('tar', ['-xf', archive]) ??
    pnpm() ??
    run(process.execPath, ['packages/wasm-training/build-kernels.mjs']);
  rmSync(archive, { force: true });
  if (failure === undefined) writeFileSync(done, '');
  return failure;
}
