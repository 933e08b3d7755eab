import { PrepareError } from '../machine/prepare-errors.js';
import { runProgram } from '../machine/run-program.js';
import { findTfjsNode, type InstalledPackage } from '../tfjs-node/find-package.js';
import { withWorkFolder } from '../work-folder/work-folder.js';
import { hasPlugAndPlay, type Project } from './find-project.js';
import { installCommand } from './install-command.js';

const PLUG_AND_PLAY =
  "Yarn keeps this project's packages in zip files (Plug'n'Play), where no native library can be put. " +
  'Write `nodeLinker: node-modules` into .yarnrc.yml, run `yarn install --mode=skip-build`, and run the same command again.';

/**
 * Installs `packageName`, tfjs-node or tfjs-node-gpu, in `project` with its own package manager, after saying so, and resolves to it.
 *
 * Waits where another process does the same. Throws a `PrepareError` where it does not come.
 */
export async function installTfjsNode(
  packageName: string,
  project: Project,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<InstalledPackage> {
  if (hasPlugAndPlay(project.folder)) throw new PrepareError(PLUG_AND_PLAY);
  const [program, ...args] = installCommand(packageName, project);
  const line = [program, ...args].join(' ');
  return withWorkFolder(project.folder, { say, signal }, async (_, hasWaited) => {
    const before = hasWaited ? findTfjsNode(packageName, [project.folder]) : undefined;
    if (before) return before;
    say(`${packageName} is not installed. Running in ${project.folder}: ${line}`);
    const { isThere, code, lines } = await runProgram([program, ...args], {
      signal,
      cwd: project.folder,
      isShellScript: true,
    });
    if (!isThere) {
      throw new PrepareError(`${packageName} is not installed, and there is no ${program} on the PATH. Run: ${line}`);
    }
    if (code !== 0) {
      throw new PrepareError(
        `${packageName} could not be installed (${complaint(lines)}). See what this says, and run the same command again: ${line}`,
      );
    }
    const installed = findTfjsNode(packageName, [project.folder]);
    if (installed) return installed;
    if (hasPlugAndPlay(project.folder)) throw new PrepareError(PLUG_AND_PLAY);
    throw new PrepareError(
      `\`${line}\` ended well, and ${packageName} is not there. Install it in ${project.folder} by hand.`,
    );
  });
}

/** What a package manager says went wrong: npm in several lines, of which the first name the kind and the cause. */
function complaint(lines: readonly string[]): string {
  const errors = lines
    .filter((line) => /\berr(or|!)?\b|ERR_/i.test(line))
    .map((line) => line.replace(/^npm (error|ERR!) /, ''));
  const told = (errors.length > 0 ? errors : lines.slice(-1)).slice(0, 3).map((line) => line.trim());
  return told.join(', ') || 'it said nothing';
}
