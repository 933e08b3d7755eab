import { extname, join } from 'node:path';
import { show } from '@nfnets/options';
import type { ImageSource, Sample } from '../dataset/image-source.js';
import { USUAL_EXTENSIONS } from './image-extensions.js';
import { type FolderEntry, listFolder, walkImages } from './walk-images.js';

/**
 * Finds the images of a folder that has a folder for each class: `FOLDER/CLASS/...`. Classes are numbered by their names in
 * the order of their characters, as torchvision's ImageFolder does; so are the images of a class. Symbolic links, to classes,
 * to folders in them and to images, are followed.
 *
 * Images are known by their endings, those that cannot be decoded too (.heic): reading them is the error, which
 * `imageLoader`'s `corrupt` is for. Other files are in `leftOut`; what has a name that begins with a dot is not looked at.
 *
 * @param folder Path of the folder.
 * @throws Error if there is no such folder, RangeError if it has fewer than two classes, a class no images, or a link that
 * leads nowhere where a class may be meant; TypeError for what is no path.
 * @example
 * ```ts
 * import { imageFolder, imageLoader } from '@nfnets/data/node';
 *
 * const photos = imageFolder('photos'); // photos/cat/1.jpg, photos/dog/a.png, ...
 * const data = imageLoader(photos, { imageSize: 224, augment: [{ op: 'randomResizedCrop', size: 224 }] });
 * ```
 */
export function imageFolder(folder: string): ImageSource {
  const classNames = classesOf(folder);
  const names: string[] = [];
  const labels: number[] = [];
  const leftOut: string[] = [];
  for (const [label, className] of classNames.entries()) {
    const { images, others } = walkImages(folder, className);
    if (images.length === 0) {
      throw new RangeError(
        `imageFolder: ${join(folder, className)} must hold images (${USUAL_EXTENSIONS.join(', ')}, ...), got ${endingsOf(others)}. Remove it, or fill it.`,
      );
    }
    for (const name of images) {
      names.push(name);
      labels.push(label);
    }
    for (const name of others) leftOut.push(name);
  }
  return {
    length: names.length,
    numClasses: classNames.length,
    classNames,
    ...(leftOut.length > 0 && { leftOut }),
    read(index): Sample {
      const name = names[index];
      if (name === undefined) {
        throw new RangeError(`imageFolder: index must be in [0, ${names.length}), got ${show(index)}.`);
      }
      return { label: labels[index]!, image: { path: join(folder, name) }, name };
    },
  };
}

function classesOf(folder: string): string[] {
  if (typeof folder !== 'string' || folder === '') {
    throw new TypeError(`imageFolder: \`folder\` must be the path of a folder, got ${show(folder)}.`);
  }
  const entries = entriesOf(folder);
  const classNames = entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  const broken = entries.find(({ kind }) => kind === 'broken link');
  if (broken) {
    throw new RangeError(
      `imageFolder: ${join(folder, broken.name)} must lead to a folder, and is a link that leads nowhere. Without it the classes after it would have other numbers: remove it, or mend it.`,
    );
  }
  if (classNames.length >= 2) return classNames;
  throw new RangeError(
    `imageFolder: ${folder} must have a folder for each of at least 2 classes, got ${classNames.length}: FOLDER/CLASS/IMAGE.jpg.`,
  );
}

function entriesOf(folder: string): FolderEntry[] {
  try {
    return listFolder(folder);
  } catch (error) {
    throw new Error(`imageFolder: \`folder\` must be a folder that can be read: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** What there is in place of images. */
function endingsOf(files: readonly string[]): string {
  if (files.length === 0) return 'none';
  const endings = [...new Set(files.map((file) => extname(file) || 'without ending'))];
  return `none among ${files.length} files (${endings.slice(0, 8).join(', ')})`;
}
