import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the claims of the README were tested on. */
export const VERSIONS = { bun: '1.4.5', deno: '2.9.6' } as const;
export type RuntimeName = keyof typeof VERSIONS;

/** How a runtime runs a file of JavaScript; or why it cannot be had here. */
export type Runtime = { readonly command: readonly [string, ...string[]] } | { readonly missing: string };

/** Kept between runs: each is a hundred megabytes, too many for everyone who installs this repository. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/runtimes/', import.meta.url));

/** The runtime `name`, installed by npm if it is not there yet. */
export function installRuntime(name: RuntimeName): Runtime {
  const version = VERSIONS[name];
  const folder = join(CACHE, `${name}-${version}`);
  const program = join(folder, 'node_modules/.bin', name);
  try {
    if (!existsSync(program)) {
      mkdirSync(folder, { recursive: true });
      const options = ['--prefix', folder, '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
      execFileSync('npm', ['install', ...options, `${name}@${version}`], { stdio: 'pipe', timeout: 240_000 });
    }
    // Not every processor has what their builds need.
    execFileSync(program, ['--version'], { stdio: 'pipe', timeout: 60_000 });
  } catch (error) {
    const lines = (error as Error).message.trim().split('\n');
    // npm's own first word is a code.
    return { missing: lines.find((line) => /^npm (error|ERR!) (?!code|errno|syscall)/.test(line)) ?? lines.at(-1)! };
  }
  return { command: name === 'bun' ? [program, '--bun'] : [program, 'run', '--allow-all', '--quiet'] };
}
