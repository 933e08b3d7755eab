import { aFunction, aText, checkOptions, show } from '@nfnets/options';
import { TensorFileError } from '@nfnets/safetensors';
import { nodeModule } from '../formats/node-module.js';
import { shardNames } from '../formats/read-sharded.js';
import { downloadFile } from './download-file.js';
import { askHub, HubAbsence, type HubFile, type HubRequest } from './hub-client.js';
import { checksumOf, isSound, keepChecksum, keptFile } from './kept-file.js';

/** Options of {@link fromHub}. */
export interface FromHubOptions {
  /**
   * File of the repository. With the index of a file in several parts all of them are downloaded. Default `'model.safetensors'`,
   * or its index where the repository has that instead.
   */
  readonly file?: string;
  /** Branch, tag or commit. Default `'main'`. */
  readonly revision?: string;
  /** Folder that keeps what was downloaded. Default `nfnets` in `XDG_CACHE_HOME` or `~/.cache`. */
  readonly cacheDir?: string;
  /** Address of the hub. Default its own. */
  readonly hubUrl?: string;
  /** For repositories that are not public. Default none. */
  readonly accessToken?: string;
  /** What asks the hub. Default the global one. */
  readonly fetch?: typeof fetch;
  /** Told how many bytes of all are here, those of an earlier attempt included. Default nobody. */
  readonly onProgress?: (received: number, total: number) => void;
  /** Told of a kept file that was damaged and is downloaded again. Default a warning of the process. */
  readonly onNotice?: (notice: string) => void;
}

const RULES = {
  file: aText,
  revision: aText,
  cacheDir: aText,
  hubUrl: aText,
  accessToken: aText,
  fetch: aFunction,
  onProgress: aFunction,
  onNotice: aFunction,
};
const INSTEAD = {
  filename: 'Pass `file`.',
  token: 'Pass `accessToken`.',
  repo_id: 'The repository is the first argument.',
};
/** What is downloaded where no file is named: the first that the repository has. */
const FILES = ['model.safetensors', 'model.safetensors.index.json'] as const;
const INDEX = /\.index\.json$/;

/**
 * Downloads a file of a model on the Hugging Face hub, once, and gives its path, for `loadWeights`. Node only; needs the
 * package `@huggingface/hub`.
 *
 * An interrupted download goes on where it broke off, and one that is under way, in this process or another, is waited for. The
 * content must have the checksum that the hub publishes, at the download and whenever the kept file is asked for again; a kept file
 * that was damaged is downloaded again. Without a network the kept file is used.
 *
 * @param repo `'owner/name'`, such as `'timm/dm_nfnet_f0.dm_in1k'`.
 * @throws TensorFileError when there is no such file, its checksum is wrong, or the client is not installed.
 * @example
 * ```ts
 * import { createModel } from '@nfnets/models';
 * import { fromHub, loadWeights } from '@nfnets/weights';
 *
 * const model = createModel('nfnet_f0', { numClasses: 1000 });
 * await loadWeights(model, await fromHub('timm/dm_nfnet_f0.dm_in1k', { revision: 'main' }));
 * ```
 */
export async function fromHub(repo: string, options: FromHubOptions = {}): Promise<string> {
  checkOptions<FromHubOptions>('fromHub', options, RULES, { instead: INSTEAD });
  const { file, revision = 'main', onProgress, onNotice = warn } = options;
  assertName('repo', repo, /^[\w.-]+\/[\w.-]+$/, "'owner/name'");
  if (file !== undefined) assertName('file', file, /^[\w.-]+(\/[\w.-]+)*$/, 'a path inside the repository');
  assertName('revision', revision, /^[\w.-]+(\/[\w.-]+)*$/, 'a branch, tag or commit');
  const { join } = nodeModule('node:path', 'downloads from the hub');
  const folder = join(options.cacheDir ?? defaultCache(), repo.replace('/', '--'), revision);
  const request: HubRequest = {
    ...{ repo, revision },
    ...(options.hubUrl !== undefined && { hubUrl: options.hubUrl }),
    ...(options.accessToken !== undefined && { accessToken: options.accessToken }),
    ...(options.fetch !== undefined && { fetch: options.fetch }),
  };
  const wanted = file === undefined ? FILES : [file];
  try {
    const published = await askHub(request, wanted);
    const main = chooseFile(repo, wanted, published);
    const get = (files: ReadonlyMap<string, HubFile>) => keep(request, folder, files, onProgress, onNotice);
    await get(new Map([[main, published.get(main)!]]));
    if (INDEX.test(main)) await get(await askForAll(request, await shardPaths(folder, main)));
    return join(folder, main);
  } catch (error) {
    if (!(error instanceof HubAbsence)) throw error;
    return withoutHub(repo, folder, wanted, error);
  }
}

function warn(notice: string): void {
  process.emitWarning(notice, 'NfnetsWarning');
}

/** The one of `wanted` that the repository has. */
function chooseFile(repo: string, wanted: readonly string[], published: ReadonlyMap<string, HubFile>): string {
  const [found, another] = wanted.filter((path) => published.has(path));
  if (found === undefined) throw new TensorFileError(`fromHub: the hub has no file ${wanted.join(' or ')} in ${repo}.`);
  if (another === undefined) return found;
  throw new TensorFileError(
    `fromHub: ${repo} has both ${found} and ${another}: pass { file } with the one that is meant.`,
  );
}

/** Downloads those of the files that the folder does not have as the hub has them. */
async function keep(
  request: HubRequest,
  folder: string,
  files: ReadonlyMap<string, HubFile>,
  onProgress: FromHubOptions['onProgress'],
  onNotice: (notice: string) => void,
): Promise<void> {
  const { join } = nodeModule('node:path', 'downloads from the hub');
  const total = [...files.values()].reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const [file, published] of files) {
    const path = join(folder, file);
    const kept = await keptFile(path);
    if (await isSound(path, published)) {
      if (kept?.checksum !== published.checksum) await keepChecksum(path, published);
    } else {
      if (kept?.checksum === published.checksum) {
        onNotice(`fromHub: ${await damageOf(path, kept)}. It is downloaded again.`);
      }
      await downloadFile(request, file, path, published, (received) => onProgress?.(before + received, total));
    }
    before += published.size;
  }
}

/** What the hub says about files that must all be there. */
async function askForAll(request: HubRequest, paths: readonly string[]): Promise<ReadonlyMap<string, HubFile>> {
  const published = await askHub(request, paths);
  const missing = paths.filter((path) => !published.has(path));
  if (missing.length === 0) return published;
  throw new TensorFileError(
    `fromHub: the hub has no file ${missing.join(', ')} in ${request.repo}, which the index names.`,
  );
}

/** Paths in the repository of the files that a downloaded index names. */
async function shardPaths(folder: string, index: string): Promise<string[]> {
  const { readFile } = nodeModule('node:fs/promises', 'downloads from the hub');
  const { join, posix } = nodeModule('node:path', 'downloads from the hub');
  const path = join(folder, index);
  return shardNames(path, await readFile(path, 'utf8')).map((name) => posix.join(posix.dirname(index), name));
}

/** The path of what was downloaded before, where the hub cannot be asked. */
async function withoutHub(
  repo: string,
  folder: string,
  wanted: readonly string[],
  { message }: Error,
): Promise<string> {
  const { join } = nodeModule('node:path', 'downloads from the hub');
  const asking = `cannot ask the hub about ${wanted.join(' or ')} of ${repo}`;
  for (const file of wanted) {
    if ((await keptFile(join(folder, file))) === undefined) continue;
    const flaw = await flawOf(folder, file);
    const shards = flaw === undefined && INDEX.test(file) ? await shardPaths(folder, file) : [];
    const flaws = await Promise.all(shards.map((shard) => flawOf(folder, shard)));
    const first = [flaw, ...flaws].find((each) => each !== undefined);
    if (first === undefined) return join(folder, file);
    throw new TensorFileError(`fromHub: ${first}, and it ${asking} for a new one: ${message}.`);
  }
  throw new TensorFileError(`fromHub: ${asking}: ${message}.`);
}

/** Why a kept file cannot be used; undefined when it can. */
async function flawOf(folder: string, file: string): Promise<string | undefined> {
  const path = nodeModule('node:path', 'downloads from the hub').join(folder, file);
  const kept = await keptFile(path);
  if (kept === undefined) return `${path} was not downloaded`;
  return (await checksumOf(path, kept)) === kept.checksum ? undefined : damageOf(path, kept);
}

async function damageOf(path: string, kept: HubFile): Promise<string> {
  const got = await checksumOf(path, kept).catch(() => 'none');
  return `the kept file ${path} is damaged (its checksum is ${got}, and was ${kept.checksum})`;
}

function defaultCache(): string {
  const { homedir } = nodeModule('node:os', 'downloads from the hub');
  const { join } = nodeModule('node:path', 'downloads from the hub');
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nfnets');
}

function assertName(option: string, value: unknown, pattern: RegExp, rule: string): void {
  const isName = typeof value === 'string' && pattern.test(value);
  if (isName && !value.split('/').some((part) => /^\.+$/.test(part))) return;
  throw new RangeError(`fromHub: \`${option}\` must be ${rule}, got ${show(value)}.`);
}
