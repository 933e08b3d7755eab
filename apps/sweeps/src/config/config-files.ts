import { dirname, extname, resolve } from 'node:path';
import { Document, isScalar, isSeq } from 'yaml';
import { SweepError } from '../sweep-error.js';
import { importConfig } from './import-config.js';
import { type ParsedConfig, parseConfigText } from './parse-config-text.js';
import { CONFIG_ENDINGS, readConfigText } from './read-config-text.js';

/** A file of a config; every call of `parse` gives nodes of its own, to be changed. */
export interface ConfigFile {
  parse(): ParsedConfig;
}

/** The config in `text`. */
export function configFile(file: string, text: string): ConfigFile {
  return { parse: () => parseConfigText(file, text) };
}

/**
 * Reads the config at `file` and all that it extends, those first: a list of files that each lies over the ones before.
 *
 * Throws a `SweepError` for files that cannot be read and for files that extend each other.
 */
export async function readConfigFiles(file: string, users: readonly string[] = []): Promise<ConfigFile[]> {
  const own = await readConfigFile(file);
  const { root, place } = own.parse();
  const extended: ConfigFile[] = [];
  for (const { name, where } of extendedFiles(root, place)) {
    const path = resolve(dirname(file), name);
    const chain = [...users, resolve(file)];
    if (chain.includes(path)) {
      throw new SweepError(
        `${where}: extends: must not lead back to itself, and ${name} extends this file. Leave one of them out.`,
      );
    }
    try {
      extended.push(...(await readConfigFiles(path, chain)));
    } catch (error) {
      // A file that is not there is a mistake in the line that names it.
      if (!(error instanceof SweepError) || !error.message.startsWith(`${path}: `)) throw error;
      throw new SweepError(`${where}: extends: ${error.message}`);
    }
  }
  return [...extended, { parse: () => fromItsFolder(withoutExtends(own.parse()), dirname(file)) }];
}

async function readConfigFile(file: string): Promise<ConfigFile> {
  const ending = extname(file).toLowerCase();
  const text = await readConfigText(file);
  if (!CONFIG_ENDINGS.some((known) => known === ending)) {
    throw new SweepError(
      `${file}:1:1: a config must be named ${CONFIG_ENDINGS.join(', ')}, got "${ending}". Rename the file.`,
    );
  }
  if (/^\.(ya?ml|json)$/.test(ending)) return configFile(file, text);
  const value = await importConfig(file);
  // A module can compute its values: they have no lines.
  const place = () => file;
  return { parse: () => ({ root: moduleRoot(value), place }) };
}

function moduleRoot(value: object): ParsedConfig['root'] {
  return new Document(structuredClone(value), { aliasDuplicateObjects: false }).contents as ParsedConfig['root'];
}

type Extended = { readonly name: string; readonly where: string };

function extendedFiles(root: ParsedConfig['root'], place: ParsedConfig['place']): Extended[] {
  const value = root.get('extends', true) as unknown;
  if (value === undefined) return [];
  const items: readonly unknown[] = isSeq(value) ? value.items : [value];
  return items.map((item) => {
    const where = place((isScalar(item) ? item : (value as { range?: [number, number, number] })).range?.[0]);
    if (isScalar(item) && typeof item.value === 'string') return { name: item.value, where };
    throw new SweepError(`${where}: extends: must be a file, or a list of files, relative to this one.`);
  });
}

/** `parsed` with the module that it names as a path from the root: written, it is relative to the file. */
function fromItsFolder(parsed: ParsedConfig, folder: string): ParsedConfig {
  const module = parsed.root.get('trialModule', true) as unknown;
  if (isScalar(module) && typeof module.value === 'string') module.value = resolve(folder, module.value);
  return parsed;
}

function withoutExtends(parsed: ParsedConfig): ParsedConfig {
  parsed.root.delete('extends');
  return parsed;
}
