import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openImage } from './image-files/open-image.js';
import type { FilePart, ImageSource, Sample } from './index.js';
import { imageFolder, type ParquetImagesOptions, parquetImages, tarShards } from './node.js';

/* Files that Python's libraries write, and what these read of them: `python/make_datasets.py` says which. */
const ownPython = fileURLToPath(new URL('../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const FIND =
  'from importlib.util import find_spec; exit(not all(map(find_spec, ["pyarrow", "PIL", "torch", "torchvision", "timm"])))';
const isMissing = spawnSync(python, ['-c', FIND]).status !== 0;
const NEEDS =
  'needs timm and pyarrow: python3 -m venv bench/.venv && bench/.venv/bin/pip install -r bench/requirements.txt';

interface Expected {
  readonly parquet: {
    readonly files: Readonly<
      Record<string, { labels: number[]; images: (string | null)[]; options: ParquetImagesOptions }>
    >;
    readonly refused: readonly string[];
  };
  readonly tar: Readonly<Record<string, { key: string; label: number; image: string }[]>>;
  readonly images: Readonly<Record<string, { rgb: string; grey: string; tolerance: number }>>;
  readonly folder: { classes: string[]; samples: [string, number][]; timm: string[] };
}

const sha1 = (content: Uint8Array) => createHash('sha1').update(content).digest('hex');

describe.skipIf(isMissing)(`files of Python’s libraries (${NEEDS})`, () => {
  let root: string;
  let expected: Expected;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'nfnets-data-python-'));
    const script = fileURLToPath(new URL('../python/make_datasets.py', import.meta.url));
    execFileSync(python, [script, root], { stdio: ['ignore', 'ignore', 'pipe'] });
    expected = JSON.parse(readFileSync(join(root, 'expected.json'), 'utf8')) as Expected;
  }, 300_000);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  async function contentsOf(source: ImageSource) {
    return Promise.all(
      Array.from({ length: source.length }, async (_, index) => {
        try {
          const { image } = await source.read(index);
          return sha1(image as Uint8Array);
        } catch (error) {
          if ((error as Error).message.endsWith('must have an image\'s bytes in "image", got null.')) return null;
          throw error;
        }
      }),
    );
  }

  it('Parquet: every compression, with an offset index and without, and every type of label', async () => {
    const files = Object.entries(expected.parquet.files);
    expect(files.length).toBeGreaterThan(40);
    for (const [name, { labels, images, options }] of files) {
      const given = options.classNames ? options : { numClasses: 3 };
      // Room for about two pages, so that most are read again.
      const source = await parquetImages(join(root, 'parquet', name), { ...given, cacheBytes: 70_000 });
      expect(await contentsOf(source), name).toEqual(images);
      const whole = images.flatMap((image, row) => (image === null ? [] : [row]));
      const read = await Promise.all(whole.map(async (row) => (await source.read(row)).label));
      expect(read, name).toEqual(whole.map((row) => labels[row]));
    }
  }, 120_000);

  it('Parquet: labels that are no classes are refused', async () => {
    for (const name of expected.parquet.refused) {
      const reading = parquetImages(join(root, 'parquet', name), { numClasses: 3 });
      await expect(reading, name).rejects.toThrow(/^parquetImages: .*(label|classNames)/);
    }
  });

  it('tar: ustar, GNU and pax, long names, links, and keys that come again', () => {
    for (const [name, samples] of Object.entries(expected.tar)) {
      const path = join(root, 'tar', name);
      const source = tarShards(path, { numClasses: 3 });
      const content = readFileSync(path);
      const read = Array.from({ length: source.length }, (_, index) => {
        const { name: full, label, image } = source.read(index) as Sample;
        const { start, length } = image as FilePart;
        return { key: full.slice(path.length + 2), label, image: sha1(content.subarray(start, start! + length!)) };
      });
      expect(read, name).toEqual(samples);
    }
  });

  it('images: colours and grey levels are Pillow’s', async () => {
    for (const [name, { rgb, grey, tolerance }] of Object.entries(expected.images)) {
      for (const [channels, values] of [
        [3, rgb],
        [1, grey],
      ] as const) {
        const settings = { channels, colourProfile: 'ignore' } as const;
        const { data } = await (await openImage({ path: join(root, 'images', name) }, settings)).whole();
        const theirs = Buffer.from(values, 'base64');
        expect(data.length, name).toBe(theirs.length);
        const worst = theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0);
        expect(worst, `${name}, ${channels} channels`).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  it('a folder: classes, images and their order are torchvision’s, and timm finds no others', () => {
    const source = imageFolder(join(root, 'folder'));
    const samples = Array.from({ length: source.length }, (_, index) => source.read(index) as Sample);
    expect(source.classNames).toEqual(expected.folder.classes);
    expect(samples.map(({ name, label }) => [name, label])).toEqual(expected.folder.samples);
    const names = new Set(samples.map(({ name }) => name));
    expect(expected.folder.timm.filter((name) => !names.has(name))).toEqual([]);
    expect(expected.folder.timm.length).toBeGreaterThan(4);
  });
});
