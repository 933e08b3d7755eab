import { existsSync } from 'node:fs';
import { cp, mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSize } from '../machine/format-size.js';
import type { Host } from '../machine/host.js';
import { PrepareError, SourceError } from '../machine/prepare-errors.js';
import { findCompiler } from '../sources/build-binding.js';
import { downloadWheels, findPip } from '../sources/download-wheels.js';
import { fillFromTfjs } from '../sources/fill-from-tfjs.js';
import { fillFromWheel } from '../sources/fill-from-wheel.js';
import { planSources, type SourceChoice, type SourcePlan } from '../sources/plan-sources.js';
import { BINDING } from '../tfjs-node/binding-path.js';
import { isOutdated } from '../tfjs-node/binding-sources.js';
import { checkNative } from '../tfjs-node/check-native.js';
import type { InstalledPackage } from '../tfjs-node/find-package.js';
import type { SelfCheck } from '../tfjs-node/self-check.js';
import { replaceFiles } from '../work-folder/replace-files.js';
import { removeWorkFolder, withWorkFolder } from '../work-folder/work-folder.js';

export interface PrepareContext {
  readonly tfjsNode: InstalledPackage;
  readonly host: Host;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What of tfjs-node a source needs to fill it, and the check to load it. */
const COPIED = ['package.json', 'dist', 'binding', 'binding.gyp', 'scripts'];

/**
 * Makes the native parts of tfjs-node in a folder of their own, checks them there, and moves them into the package.
 *
 * Resolves to what is there then, made now or before. Throws a `PrepareError` where no source works; the package is as it was.
 */
export async function prepareNative(
  options: SourceChoice & { readonly force: boolean },
  context: PrepareContext,
): Promise<SelfCheck & { isNew: boolean }> {
  const { tfjsNode, say, signal } = context;
  let isRenewal = false;
  if (!options.force) {
    const check = await checkNative(tfjsNode.folder, signal);
    isRenewal = check.isReady && needsRenewal(tfjsNode.folder, options);
    if (check.isReady && !isRenewal) {
      await removeWorkFolder(tfjsNode.folder);
      return { ...check, isNew: false };
    }
    if (check.isReady) say('What is there works, and was built by another version of this package: making it anew');
    else if (existsSync(join(tfjsNode.folder, BINDING))) say(`What is there does not work: ${check.reason}`);
  }
  return withWorkFolder(tfjsNode.folder, context, async (work, hasWaited) => {
    const check = hasWaited ? await checkNative(tfjsNode.folder, signal) : undefined;
    if (check?.isReady && !needsRenewal(tfjsNode.folder, options)) return { ...check, isNew: false };
    return { ...(await trySources(work, { ...options, isRenewal }, context)), isNew: true };
  });
}

/** Whether what is there, though it works, is to be made anew: of a wheel, and by this version. */
export function needsRenewal(folder: string, { source }: SourceChoice): boolean {
  return source !== 'tfjs' && isOutdated(folder);
}

async function trySources(work: string, options: SourceChoice, context: PrepareContext): Promise<SelfCheck> {
  const { tfjsNode, say, signal } = context;
  const { sources, refusals } = planSources(options, context.host);
  const reasons = refusals.map(({ source, reason }) => `${source}: ${reason}`);
  for (const [index, plan] of sources.entries()) {
    const scratch = join(work, plan.source);
    const copy = join(scratch, 'package');
    try {
      await assertSpace(work, plan.peakBytes);
      await mkdir(copy, { recursive: true });
      for (const name of COPIED) await cp(join(tfjsNode.folder, name), join(copy, name), { recursive: true });
      await fill(plan, copy, scratch, options, context);
      say('Loading it');
      const check = await checkNative(copy, signal);
      if (!check.isReady) throw new SourceError(`what came does not work here (${check.reason})`);
      await replaceFiles(copy, tfjsNode.folder, join(work, 'before'));
      const last = await checkNative(tfjsNode.folder, signal);
      if (!last.isReady)
        throw new PrepareError(`It worked before it was moved into place, and not after: ${last.reason}.`);
      return last;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      reasons.push(`${plan.source}: ${error.message}`);
      if (index < sources.length - 1) say(`Not from ${plan.source}: ${error.message}.`);
    }
  }
  throw new PrepareError(`${reasons.join('; ')}.`);
}

async function fill(
  plan: SourcePlan,
  folder: string,
  scratch: string,
  { gpu, wheel }: SourceChoice,
  { host, say, signal }: PrepareContext,
): Promise<void> {
  // What must be there is asked for before anything is downloaded.
  const compiler = plan.source === 'tfjs' ? undefined : await findCompiler(signal);
  const pip = plan.source === 'pip' || (plan.source === 'wheel' && gpu) ? await findPip(signal) : undefined;
  say(`From ${plan.description}`);
  if (plan.source === 'tfjs') return fillFromTfjs(folder, { gpu, signal });
  const download = (name: string) => (requirements: readonly string[]) =>
    downloadWheels(pip!, requirements, join(scratch, name), { say, signal });
  const [file] = wheel === undefined ? await download('wheel')([plan.target.requirement]) : [wheel];
  if (file === undefined) throw new SourceError('pip said that all is well, and brought no wheel');
  await fillFromWheel(file, {
    folder,
    scratch,
    host,
    gpu,
    target: plan.target,
    compiler: compiler!,
    say,
    signal,
    download: download('cuda'),
  });
}

async function assertSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  throw new PrepareError(
    `There is too little space on the disk: this takes ${formatSize(bytes)} while at work, and ${formatSize(bavail * bsize)} are free. Free some and run the same command again.`,
  );
}
