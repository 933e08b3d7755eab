import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { byCodePoints } from './by-code-points.js';
import { IMAGE_EXTENSIONS } from './image-extensions.js';

/** Files below a folder, by paths from its root. */
export interface WalkedFiles {
  /** Those that are images by their names. */
  readonly images: readonly string[];
  /** The others. */
  readonly others: readonly string[];
}

const ENDINGS = new Set(IMAGE_EXTENSIONS);

/**
 * Lists the files in `folder` of `root` and in the folders in it, through symbolic links, in the order of torchvision's
 * ImageFolder: by the paths of their folders, then by their names. A folder that a link leads back into is not entered again.
 */
export function walkImages(root: string, folder: string): WalkedFiles {
  const folders: { path: string; images: string[]; others: string[] }[] = [];
  const walk = (path: string, entered: readonly string[]): void => {
    const real = realpathSync(join(root, path));
    if (entered.includes(real)) return;
    const here = { path, images: [] as string[], others: [] as string[] };
    folders.push(here);
    for (const { name, kind } of listFolder(join(root, path))) {
      const below = join(path, name);
      if (kind === 'folder') walk(below, [...entered, real]);
      // What a link leads nowhere from is listed too: reading it says so.
      else if (kind !== 'other' && ENDINGS.has(extname(name).toLowerCase())) here.images.push(below);
      else here.others.push(below);
    }
  };
  walk(folder, []);
  folders.sort((a, b) => byCodePoints(a.path, b.path));
  return { images: folders.flatMap(({ images }) => images), others: folders.flatMap(({ others }) => others) };
}

/** An entry of a folder; of a symbolic link what it leads to. */
export interface FolderEntry {
  readonly name: string;
  /** `'broken link'`: one that leads nowhere, or in a circle. `'other'`: a pipe, a socket, a device. */
  readonly kind: 'folder' | 'file' | 'broken link' | 'other';
}

/** The entries of a folder by their names, without those whose names begin with a dot. */
export function listFolder(folder: string): FolderEntry[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .map((entry) => ({ name: entry.name, kind: kindOf(folder, entry) }))
    .sort((a, b) => byCodePoints(a.name, b.name));
}

function kindOf(folder: string, entry: Dirent): FolderEntry['kind'] {
  let target: Dirent | Stats = entry;
  if (entry.isSymbolicLink()) {
    try {
      target = statSync(join(folder, entry.name));
    } catch {
      return 'broken link';
    }
  }
  if (target.isDirectory()) return 'folder';
  return target.isFile() ? 'file' : 'other';
}
