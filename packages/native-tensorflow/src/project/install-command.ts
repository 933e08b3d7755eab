import { type Agent, resolveCommand } from 'package-manager-detector';
import { PrepareError } from '../machine/prepare-errors.js';
import type { Project } from './find-project.js';

/** The tfjs-node that all of this was tried with. Without a caret, which some shells take for themselves. */
const VERSION = '4.22';

/** How each package manager is told to run no install scripts: tfjs-node's own is what fails. */
const WITHOUT_SCRIPTS: Partial<Record<Agent, string>> = {
  npm: '--ignore-scripts',
  pnpm: '--ignore-scripts',
  'pnpm@6': '--ignore-scripts',
  yarn: '--ignore-scripts',
  'yarn@berry': '--mode=skip-build',
  bun: '--ignore-scripts',
};

/**
 * The command that installs `packageName` in `project`; the version is the one that its package.json asks for, if it does.
 *
 * Throws a `PrepareError` for a package manager that is not known.
 */
export function installCommand(packageName: string, { packageManager, wanted }: Project): [string, ...string[]] {
  const flag = WITHOUT_SCRIPTS[packageManager];
  const isWanted = wanted.includes(packageName);
  const resolved =
    flag === undefined
      ? null
      : isWanted
        ? resolveCommand(packageManager, 'install', [flag])
        : resolveCommand(packageManager, 'add', [flag, `${packageName}@${VERSION}`]);
  if (resolved === null) {
    throw new PrepareError(
      `${packageName} is not installed, and ${packageManager} is not known here. Install ${packageName}@${VERSION} with it into a folder node_modules, and run the same command again.`,
    );
  }
  return [resolved.command, ...resolved.args];
}
