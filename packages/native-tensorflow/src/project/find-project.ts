import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Agent, detect } from 'package-manager-detector';
import { PrepareError } from '../machine/prepare-errors.js';

/** The project that a folder belongs to. */
export interface Project {
  /** The nearest folder that has a package.json. */
  readonly folder: string;
  /** What installs its packages: by the lockfile of the project or of the workspace above it, npm where there is none. */
  readonly packageManager: Agent;
  /** Names of the packages that its package.json asks for. */
  readonly wanted: readonly string[];
}

/** Finds the project of the folder `from`. Throws a `PrepareError` where there is none. */
export async function findProject(from: string): Promise<Project> {
  const folder = ancestors(from).find((ancestor) => existsSync(join(ancestor, 'package.json')));
  if (folder === undefined) {
    throw new PrepareError(
      `There is no project in ${from}: no package.json, nor one in a folder above. Go to your project, or make one: npm init -y`,
    );
  }
  return { folder, packageManager: await packageManagerOf(folder), wanted: wantedBy(folder) };
}

async function packageManagerOf(folder: string): Promise<Agent> {
  const agent = (await detect({ cwd: folder }))?.agent ?? 'npm';
  // Both Yarns have a yarn.lock; where package.json does not say which it is, the newer one's settings do.
  return agent === 'yarn' && hasAbove(folder, '.yarnrc.yml') ? 'yarn@berry' : agent;
}

/** Whether packages lie in Yarn's zip files in place of a folder node_modules. */
export function hasPlugAndPlay(folder: string): boolean {
  return hasAbove(folder, '.pnp.cjs');
}

function wantedBy(folder: string): string[] {
  const path = join(folder, 'package.json');
  let manifest: Partial<Record<string, object>>;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8')) as typeof manifest;
  } catch (error) {
    throw new PrepareError(`${path} cannot be read (${(error as Error).message}). Mend it.`);
  }
  return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
}

function hasAbove(folder: string, name: string): boolean {
  return ancestors(folder).some((ancestor) => existsSync(join(ancestor, name)));
}

/** `folder` and the folders above it, the nearest first. */
function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return [folder, ...(parent === folder ? [] : ancestors(parent))];
}
