import { type Dirent, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { ImageSource, Sample } from './image-source.js';

/** What sharp reads. */
const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.gif', '.tif', '.tiff']);

/**
 * Finds the images of a folder that has a folder for each class: `FOLDER/CLASS/...`. Classes are numbered by their names in
 * the order of their characters, as torchvision's ImageFolder does; so are the images of a class.
 *
 * Files and folders whose names begin with a dot, and files that are no images by their names, are left out.
 *
 * @throws Error if there is no such folder, RangeError if it has fewer than two classes or a class no images
 */
export function imageFolder(folder: string): ImageSource {
  const classNames = entries(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  if (classNames.length < 2) {
    throw new RangeError(
      `imageFolder: ${folder} must have a folder for each of at least 2 classes, got ${classNames.length}: FOLDER/CLASS/IMAGE.jpg.`,
    );
  }
  const names: string[] = [];
  const labels: number[] = [];
  for (const [label, className] of classNames.entries()) {
    const found = imagesIn(folder, className);
    if (found.length === 0) {
      throw new RangeError(
        `imageFolder: ${join(folder, className)} must hold images (${[...EXTENSIONS].join(', ')}), got none. Remove it, or fill it.`,
      );
    }
    for (const name of found) {
      names.push(name);
      labels.push(label);
    }
  }
  return {
    length: names.length,
    numClasses: classNames.length,
    classNames,
    read(index): Sample {
      const name = names[index];
      if (name === undefined) throw new RangeError(`imageFolder: index must be in [0, ${names.length}), got ${index}.`);
      return { label: labels[index]!, image: { path: join(folder, name) }, name };
    },
  };
}

/** Paths below `root` of the images in its folder `folder` and the folders in it, sorted. */
function imagesIn(root: string, folder: string): string[] {
  return entries(join(root, folder)).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return imagesIn(root, path);
    return EXTENSIONS.has(extname(entry.name).toLowerCase()) ? [path] : [];
  });
}

function entries(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
