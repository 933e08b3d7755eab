import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { readBatches } from '../__fixtures__/read-batches.js';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import type { ImageSource, Sample } from '../index.js';
import { imageFolder, imageLoader } from '../node.js';

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

const namesOf = (source: ImageSource) =>
  Array.from({ length: source.length }, (_, i) => (source.read(i) as Sample).name);

it('follows links to classes, to folders in them and to images, and enters no folder twice on its way down', () => {
  const [root, elsewhere] = [tempFolder(), tempFolder()];
  touch(root, 'ant', '0.png');
  touch(elsewhere, 'bee', '0.png');
  touch(elsewhere, 'more', 'x.jpg');
  touch(elsewhere, 'one.gif');
  touch(root, 'cow', '0.png');
  symlinkSync(join(elsewhere, 'bee'), join(root, 'bee'));
  symlinkSync(join(elsewhere, 'more'), join(root, 'cow', 'more'));
  symlinkSync(join(elsewhere, 'one.gif'), join(root, 'cow', 'one.gif'));
  symlinkSync(root, join(root, 'ant', 'up'));
  symlinkSync('loop', join(root, 'ant', 'loop'));
  const source = imageFolder(root);
  expect(source.classNames).toEqual(['ant', 'bee', 'cow']);
  // What lies above a link is a folder of its own below it, once.
  expect(namesOf(source).filter((name) => !name.includes('/up/'))).toEqual([
    'ant/0.png',
    'bee/0.png',
    'cow/0.png',
    'cow/one.gif',
    'cow/more/x.jpg',
  ]);
  expect(namesOf(source).filter((name) => name.includes('up/ant/'))).toEqual([]);
});

it('lists a link to an image that is gone, and refuses one where a class may be meant', () => {
  const root = tempFolder();
  for (const name of ['a', 'c']) touch(root, name, '0.png');
  symlinkSync('gone.png', join(root, 'a', '1.png'));
  expect(namesOf(imageFolder(root))).toEqual(['a/0.png', 'a/1.png', 'c/0.png']);
  symlinkSync(join(root, 'gone'), join(root, 'b'));
  expect(() => imageFolder(root)).toThrow(
    `${join(root, 'b')} must lead to a folder, and is a link that leads nowhere.`,
  );
});

it('takes all endings of images, also those that cannot be decoded, and tells what it leaves out', () => {
  const root = tempFolder();
  const images = ['1.jfif', '2.JPE', '3.bmp', '4.ppm', '5.pgm', '6.webp', '7.tif', '8.TIFF', '9.heic', 'a.jxl'];
  for (const name of images) touch(root, 'a', name);
  for (const name of ['Thumbs.db', 'notes.txt', 'img1']) touch(root, 'a', name);
  touch(root, 'b', '1.png');
  const source = imageFolder(root);
  expect(namesOf(source)).toEqual([...images.map((name) => `a/${name}`), 'b/1.png']);
  expect(source.leftOut).toEqual(['a/Thumbs.db', 'a/img1', 'a/notes.txt']);
  touch(root, 'c', '1.dat');
  expect(() => imageFolder(root)).toThrow('got none among 1 files (.dat). Remove it, or fill it.');
});

it('reads what is listed, and names what cannot be decoded', async () => {
  const root = tempFolder();
  const photo = sharp(Buffer.alloc(300, 90), { raw: { width: 10, height: 10, channels: 3 } });
  for (const name of ['a', 'b']) touch(root, name, '0.png');
  for (const name of ['a/0.png', 'b/0.png']) writeFileSync(join(root, name), await photo.png().toBuffer());
  writeFileSync(join(root, 'a', '1.jfif'), await photo.jpeg().toBuffer());
  writeFileSync(join(root, 'b', '1.ppm'), Buffer.concat([Buffer.from('P6 2 2 255\n'), Buffer.alloc(12, 90)]));
  writeFileSync(join(root, 'b', '2.heic'), 'ftypheic');
  const loader = imageLoader(imageFolder(root), { imageSize: 8, workers: 0, corrupt: 'skip' });
  const [batch] = await readBatches(loader, { batchSize: 8, partialBatch: 'keep' });
  expect(batch!.labels).toEqual([0, 0, 1, 1]);
  expect(loader.skipped.map(({ name }) => name)).toEqual(['b/2.heic']);
});

it('orders classes by code points, as Python does', () => {
  const root = tempFolder();
  // U+1F40E is written in two halves below U+FB01.
  for (const name of ['\u{1f40e}', '\ufb01', 'ab', 'a', 'B', 'a-b']) touch(root, name, '0.png');
  expect(imageFolder(root).classNames).toEqual(['B', 'a', 'a-b', 'ab', '\ufb01', '\u{1f40e}']);
});

it.each([[undefined], [{ root: 'photos' }], [5]])('refuses the folder %o', (folder) => {
  expect(() => imageFolder(folder as never)).toThrow('imageFolder: `folder` must be the path of a folder, got ');
});
