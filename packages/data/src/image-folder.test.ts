import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from './__fixtures__/temp-folder.js';
import { imageFolder } from './node.js';

function touch(...path: string[]): void {
  mkdirSync(join(...path.slice(0, -1)), { recursive: true });
  writeFileSync(join(...path), '');
}

it('numbers classes and images by their names, and looks into folders of classes', () => {
  const root = tempFolder();
  for (const path of ['b/2.JPG', 'b/10.png', 'a/x/1.jpeg', 'a/3.webp', 'Z/1.jpg']) touch(root, ...path.split('/'));
  for (const path of ['a/notes.txt', 'a/.hidden.jpg', '.git/1.jpg', 'README.jpg']) touch(root, ...path.split('/'));
  const source = imageFolder(root);
  expect(source.classNames).toEqual(['Z', 'a', 'b']);
  expect([source.length, source.numClasses]).toEqual([5, 3]);
  const samples = Array.from({ length: 5 }, (_, i) => source.read(i));
  expect(samples).toEqual(
    [
      ['Z/1.jpg', 0],
      ['a/3.webp', 1],
      ['a/x/1.jpeg', 1],
      ['b/10.png', 2],
      ['b/2.JPG', 2],
    ].map(([name, label]) => ({ name, label, image: { path: join(root, name as string) } })),
  );
  expect(() => source.read(5)).toThrow('imageFolder: index must be in [0, 5), got 5.');
});

it('refuses a folder without classes, and a class without images', () => {
  const root = tempFolder();
  expect(() => imageFolder(join(root, 'absent'))).toThrow('ENOENT');
  touch(root, 'a', '1.jpg');
  expect(() => imageFolder(root)).toThrow(
    `imageFolder: ${root} must have a folder for each of at least 2 classes, got 1`,
  );
  touch(root, 'b', '1.txt');
  expect(() => imageFolder(root)).toThrow(`imageFolder: ${join(root, 'b')} must hold images (.jpg, .jpeg`);
});
