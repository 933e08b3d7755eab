import { closeSync, openSync, readSync } from 'node:fs';
import { aText, checkOptions, integerFrom, type OptionRules, show } from '@nfnets/options';
import { isLabel } from '../dataset/class-label.js';
import { assertClassNames, classNamesRule, namesAsLabels } from '../dataset/class-names.js';
import type { ImageSource, Sample } from '../dataset/image-source.js';
import { IMAGE_EXTENSIONS, USUAL_EXTENSIONS } from '../image-files/image-extensions.js';
import { listFiles } from '../image-files/list-files.js';
import { groupByKeys, type KeyedFiles } from './tar-groups.js';
import { type TarEntry, tarIndex } from './tar-index.js';

/** Options of {@link tarShards}. */
export interface TarShardsOptions {
  /** Classes there are; labels are below it. */
  readonly numClasses: number;
  /** Names by class number. Labels may be these names then, too. Default the numbers. */
  readonly classNames?: readonly string[];
  /** Key of the label in a sample's `.json`, where it has no `.cls`. Default `'label'`. */
  readonly jsonLabel?: string;
}

const RULES: OptionRules<TarShardsOptions> = {
  numClasses: integerFrom(2),
  classNames: classNamesRule,
  jsonLabel: aText,
};

/**
 * Lists the samples of tar archives in the layout of WebDataset: files one after the other whose names are equal up to the
 * first dot are one sample, such as `0001.jpg` and `0001.cls`, or `0001.jpg` and `0001.json`. Reads the headers and the labels
 * at once, images one by one in any order later. Links are followed. Files that belong to no sample, such as a
 * `dataset_info.json`, are in `leftOut`.
 *
 * @param shards Paths of the archives, in order; or a folder, of which it takes all `.tar` files in the order of their names.
 * @throws RangeError if an archive is broken, or a sample has no image, several, two files of one ending, no label, or one that
 * is out of range; TypeError or RangeError for an option that cannot be used; Error if an archive is not there.
 * @example
 * ```ts
 * import { imageLoader, tarShards } from '@nfnets/data/node';
 *
 * const source = tarShards(['imagenet-train-0000.tar', 'imagenet-train-0001.tar'], { numClasses: 1000 });
 * const data = imageLoader(source, { imageSize: 192, workers: 8 });
 * ```
 */
export function tarShards(shards: string | readonly string[], options: TarShardsOptions): ImageSource {
  checkOptions<TarShardsOptions>('tarShards', options, RULES, { required: ['numClasses'] });
  const { numClasses, classNames, jsonLabel = 'label' } = options;
  assertClassNames('tarShards', classNames, numClasses);
  const names = classNames && namesAsLabels(classNames);
  const leftOut: string[] = [];
  const samples: Sample[] = [];
  for (const path of listShards(shards)) {
    for (const sample of samplesOf(path, { numClasses, jsonLabel, names }, leftOut)) samples.push(sample);
  }
  if (samples.length === 0)
    throw new RangeError(`tarShards: \`shards\` must hold samples, got none in ${show(shards)}.`);
  return {
    length: samples.length,
    numClasses,
    ...(classNames && { classNames }),
    ...(leftOut.length > 0 && { leftOut }),
    read(index): Sample {
      const sample = samples[index];
      if (sample) return sample;
      throw new RangeError(`tarShards: index must be in [0, ${samples.length}), got ${show(index)}.`);
    },
  };
}

function listShards(shards: string | readonly string[]): readonly string[] {
  const { paths, others } = listFiles(shards, { who: 'tarShards', option: 'shards', pattern: /\.tar$/i });
  const compressed = others.find((name) => /\.(tgz|tar\.[a-z0-9]+)$/i.test(name));
  if (compressed === undefined) return paths;
  throw new RangeError(
    `tarShards: ${compressed} in ${show(shards)} must be an uncompressed tar archive: images are read at random, so unpack it.`,
  );
}

interface LabelRules {
  readonly numClasses: number;
  readonly jsonLabel: string;
  /** Class numbers by the names that labels may be. */
  readonly names: ReadonlyMap<string, number> | undefined;
}

function* samplesOf(path: string, rules: LabelRules, leftOut: string[]): Generator<Sample> {
  const entries = tarIndex(path);
  const file = openSync(path, 'r');
  const text = (name: string, { start, length, problem }: TarEntry): string => {
    if (problem !== undefined)
      throw new RangeError(`tarShards: ${name} must have a label that can be read: it ${problem}.`);
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, start);
    // A mark of the byte order is dropped.
    return new TextDecoder().decode(bytes);
  };
  try {
    for (const { key, parts } of groupByKeys(path, entries)) {
      const name = `${path}: ${key}`;
      const images = IMAGE_EXTENSIONS.flatMap((extension) => parts.get(extension.slice(1)) ?? []);
      const label = labelIn(name, parts, text, rules.jsonLabel);
      if (images.length === 0 && label === undefined && !hasDottedFiles(parts)) {
        for (const extension of parts.keys()) leftOut.push(`${name}.${extension}`);
        continue;
      }
      const [image, second] = images;
      if (!image || second) {
        const hint = hasDottedFiles(parts)
          ? ' The key of a file ends at the first dot of its name: `a.b.jpg` is no image of `a.b`.'
          : '';
        throw new RangeError(
          `tarShards: ${name} must have one image (${USUAL_EXTENSIONS.join(', ')}, ...), got ${images.length} among ${endingsOf(parts)}.${hint}`,
        );
      }
      const { start, length, problem } = image;
      if (problem !== undefined)
        throw new RangeError(`tarShards: ${name} must have an image that can be read: it ${problem}.`);
      yield { label: classOf(name, label, parts, rules), image: { path, start, length }, name };
    }
  } finally {
    closeSync(file);
  }
}

/** What a sample says of its class; undefined where it says nothing. */
function labelIn(
  name: string,
  parts: KeyedFiles['parts'],
  text: (name: string, entry: TarEntry) => string,
  jsonLabel: string,
): unknown {
  const [cls, json] = [parts.get('cls'), parts.get('json')];
  if (cls) return text(name, cls);
  return json && parseJson(name, text(name, json), parts)[jsonLabel];
}

function classOf(
  name: string,
  label: unknown,
  parts: KeyedFiles['parts'],
  { numClasses, names, jsonLabel }: LabelRules,
): number {
  const isJson = !parts.has('cls') && parts.has('json');
  if (!parts.has('cls') && !isJson) {
    throw new RangeError(`tarShards: ${name} must have a label in a .cls or .json, got ${endingsOf(parts)}.`);
  }
  const word = typeof label === 'string' ? (isJson ? label : label.trim()) : undefined;
  const number = !isJson && /^\d+$/.test(word!) ? Number(word) : label;
  const numbered = isLabel(number, numClasses) ? number : undefined;
  const named = word === undefined ? undefined : names?.get(word);
  if (numbered !== undefined && named !== undefined && numbered !== named) {
    throw new RangeError(
      `tarShards: ${name} must have a label that tells its class, got ${show(word)}, the number of one class and by \`classNames\` the name of class ${named}. A .json tells numbers from names.`,
    );
  }
  const found = numbered ?? named;
  if (found !== undefined) return found;
  const wanted = `a label in [0, ${numClasses})${names ? ' or of `classNames`' : ''}${isJson ? ` under ${show(jsonLabel)}` : ''}`;
  const hint = typeof number === 'string' && !names && word !== '' ? ' For names pass `classNames`.' : '';
  throw new RangeError(
    `tarShards: ${name} must have ${wanted}, got ${show(typeof label === 'string' ? label.slice(0, 20) : label)}.${hint}`,
  );
}

/** A text, or one of the numbers that Python's `json` writes and JSON does not have. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** The JSON of a sample, with null for numbers that JSON does not have; of what is none, because it has no image, what is no JSON says nothing. */
function parseJson(name: string, content: string, parts: KeyedFiles['parts']): Record<string, unknown> {
  try {
    const strict = content.replace(TEXT_OR_NUMBER, (found) => (found.startsWith('"') ? found : 'null'));
    return Object(JSON.parse(strict)) as Record<string, unknown>;
  } catch (error) {
    if (!IMAGE_EXTENSIONS.some((extension) => parts.has(extension.slice(1)))) return {};
    throw new RangeError(`tarShards: ${name} must have JSON in its .json: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** Whether there are images or labels whose names have a dot before their endings, and so another key than may be meant. */
const hasDottedFiles = (parts: KeyedFiles['parts']): boolean =>
  [...parts.keys()].some(
    (ending) => /\.(cls|json)$/.test(ending) || IMAGE_EXTENSIONS.some((each) => ending.endsWith(each)),
  );

const endingsOf = (parts: KeyedFiles['parts']): string =>
  [...parts.keys()].map((extension) => `.${extension}`).join(', ');
