import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assertClassNames, assertInteger, show } from './check-option.js';
import type { ImageSource, Sample } from './image-source.js';
import { type TarEntry, tarIndex } from './tar-index.js';

const IMAGE_EXTENSIONS = ['jpg', 'jpeg', 'png', 'webp', 'avif', 'gif', 'tif', 'tiff'];

export interface TarShardsOptions {
  readonly numClasses: number;
  readonly classNames?: readonly string[];
  /** Key of the class number in a sample's `.json`, where it has no `.cls`. Default `'label'`. */
  readonly jsonLabel?: string;
}

/**
 * Lists the samples of tar archives in the layout of WebDataset: files whose names are equal up to the first dot are one
 * sample, such as `0001.jpg` and `0001.cls`, or `0001.jpg` and `0001.json`. Reads the headers and the labels at once, images
 * one by one in any order later.
 *
 * @param shards Paths of the archives, in order; or a folder, of which it takes all `.tar` files in the order of their names.
 * @throws RangeError if an archive is broken, or a sample has no image, several, no label, or one that is out of range
 */
export function tarShards(
  shards: string | readonly string[],
  { numClasses, classNames, jsonLabel = 'label' }: TarShardsOptions,
): ImageSource {
  assertInteger('tarShards', 'numClasses', numClasses, 2);
  assertClassNames('tarShards', classNames, numClasses);
  const samples = listShards(shards).flatMap((path) => samplesOf(path, numClasses, jsonLabel));
  if (samples.length === 0)
    throw new RangeError(`tarShards: \`shards\` must hold samples, got none in ${show(shards)}.`);
  return {
    length: samples.length,
    numClasses,
    ...(classNames && { classNames }),
    read(index): Sample {
      const sample = samples[index];
      if (sample) return sample;
      throw new RangeError(`tarShards: index must be in [0, ${samples.length}), got ${index}.`);
    },
  };
}

function listShards(shards: string | readonly string[]): readonly string[] {
  if (typeof shards !== 'string') return shards;
  if (!statSync(shards).isDirectory()) return [shards];
  const names = readdirSync(shards).filter((name) => name.endsWith('.tar'));
  return names.sort().map((name) => join(shards, name));
}

function samplesOf(path: string, numClasses: number, jsonLabel: string): Sample[] {
  const byKey = new Map<string, Map<string, TarEntry>>();
  for (const entry of tarIndex(path)) {
    const [, key, extension] = entry.name.match(/^((?:.*\/)?[^/.]+)\.([^/]+)$/) ?? [];
    if (key === undefined) continue;
    const parts = byKey.get(key) ?? new Map<string, TarEntry>();
    byKey.set(key, parts.set(extension!.toLowerCase(), entry));
  }
  const file = openSync(path, 'r');
  const text = ({ start, length }: TarEntry): string => {
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, start);
    return bytes.toString('utf8');
  };
  try {
    return Array.from(byKey, ([key, parts]) => {
      const name = `${path}: ${key}`;
      const images = IMAGE_EXTENSIONS.flatMap((extension) => parts.get(extension) ?? []);
      if (images.length !== 1) {
        throw new RangeError(
          `tarShards: ${name} must have one image (.${IMAGE_EXTENSIONS.join(', .')}), got ${images.length} among .${[...parts.keys()].join(', .')}.`,
        );
      }
      const { start, length } = images[0]!;
      return { label: labelOf(name, parts, text, numClasses, jsonLabel), image: { path, start, length }, name };
    });
  } finally {
    closeSync(file);
  }
}

function labelOf(
  name: string,
  parts: ReadonlyMap<string, TarEntry>,
  text: (entry: TarEntry) => string,
  numClasses: number,
  jsonLabel: string,
): number {
  const [cls, json] = [parts.get('cls'), parts.get('json')];
  if (!cls && !json) {
    throw new RangeError(
      `tarShards: ${name} must have a label in a .cls or .json, got .${[...parts.keys()].join(', .')}.`,
    );
  }
  const content = text((cls ?? json)!);
  const label = cls ? parseClass(content) : parseJson(name, content)[jsonLabel];
  if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < numClasses) return label as number;
  throw new RangeError(
    `tarShards: ${name} must have a label in [0, ${numClasses})${cls ? '' : ` under ${show(jsonLabel)}`}, got ${show(cls ? content.slice(0, 20) : label)}.`,
  );
}

/** NaN for what is not a whole number in digits, such as an empty file. */
function parseClass(content: string): number {
  return /^\s*\d+\s*$/.test(content) ? Number(content) : Number.NaN;
}

function parseJson(name: string, content: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(content)) as Record<string, unknown>;
  } catch (error) {
    throw new RangeError(`tarShards: ${name} must have JSON in its .json: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
