import { describeHost } from '../machine/host.js';
import { findProject } from '../project/find-project.js';
import { installCommand } from '../project/install-command.js';
import { installTfjsNode } from '../project/install-tfjs-node.js';
import { checkNative } from '../tfjs-node/check-native.js';
import { findTfjsNode, tfjsNodeName } from '../tfjs-node/find-package.js';
import type { SelfCheck } from '../tfjs-node/self-check.js';
import { needsRenewal, prepareNative } from './prepare-native.js';
import type { NativeOptions } from './read-arguments.js';
import { tellPlan } from './tell-plan.js';

export interface ProjectContext {
  /** Where tfjs-node is looked for: the folder that the command runs in, then others. See `findTfjsNode`. */
  readonly places: readonly [string, ...string[]];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Whether there is a native TensorFlow, or will be, as far as was asked, and whether it is there since now. */
export interface ProjectState {
  readonly isReady: boolean;
  readonly isNew: boolean;
}

/** Does what `options` ask for with the tfjs-node of a project, and says what it does. Throws a `PrepareError` for what cannot be done. */
export async function prepareProject(options: NativeOptions, context: ProjectContext): Promise<ProjectState> {
  const { places, say } = context;
  const packageName = tfjsNodeName(options.gpu);
  const found = findTfjsNode(packageName, places);
  if (options.check || options.dryRun) {
    if (found) say(`${found.name} ${found.version} in ${found.folder}`);
    return { isReady: await tellState(packageName, found?.folder, options, context), isNew: false };
  }
  const tfjsNode = found ?? (await installTfjsNode(packageName, await findProject(places[0]), context));
  say(`${tfjsNode.name} ${tfjsNode.version} in ${tfjsNode.folder}`);
  const start = performance.now();
  const { isNew, ...check } = await prepareNative(options, { ...context, tfjsNode, host: describeHost() });
  const seconds = Math.round((performance.now() - start) / 1000);
  say(`native is ready: ${describe(check)}, ${isNew ? `made in ${seconds} s` : 'there already'}`);
  return { isReady: true, isNew };
}

/** Says what is there, with `dryRun` also what would be done, and resolves to whether that is in order. */
async function tellState(
  packageName: string,
  folder: string | undefined,
  options: NativeOptions,
  { places, say, signal }: ProjectContext,
): Promise<boolean> {
  const { check: onlyCheck, force } = options;
  const state = folder === undefined ? undefined : await checkNative(folder, signal);
  const isRenewal = state?.isReady === true && !force && needsRenewal(folder!, options);
  const isDone = state?.isReady === true && !force && !isRenewal;
  if (state?.isReady)
    say(`native is ready: ${describe(state)}${isDone && !onlyCheck ? '; nothing would be done' : ''}`);
  if (isRenewal) say('Another version of this package built its binding: run the command to have it made anew');
  if (onlyCheck) {
    if (!state?.isReady) say(`native is not ready: ${state?.reason ?? `${packageName} is not installed`}`);
    return state?.isReady === true;
  }
  if (isDone) return true;
  if (folder === undefined) {
    const project = await findProject(places[0]);
    say(`Would run in ${project.folder}: ${installCommand(packageName, project).join(' ')}`);
  }
  await tellPlan({ ...options, isRenewal }, describeHost(), { say, signal });
  return true;
}

function describe({ tensorflow, gpu }: SelfCheck): string {
  return `TensorFlow ${tensorflow} on the ${gpu ? 'GPU' : 'CPU'}, Node ${process.versions.node}`;
}
