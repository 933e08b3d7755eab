import type { ReadStream } from 'node:fs';
import { TensorFileError } from '@nfnets/safetensors';
import { nodeModule } from './node-module.js';

export interface FromHubOptions {
  /** File of the repository. Default: `'model.safetensors'`. */
  readonly file?: string;
  /** Branch, tag or commit. Default: `'main'`. */
  readonly revision?: string;
  /** Folder that keeps what was downloaded. Default: `nfnets` in `XDG_CACHE_HOME` or `~/.cache`. */
  readonly cacheDir?: string;
  /** Default: the hub's own address. */
  readonly hubUrl?: string;
  /** For repositories that are not public. */
  readonly accessToken?: string;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** Told how many bytes of all are here, those of an earlier attempt included. */
  readonly onProgress?: (received: number, total: number) => void;
}

/** What the hub says about a file. */
interface HubFile {
  readonly size: number;
  /** sha256 of the content, or for a small file the id that git gives it. */
  readonly checksum: string;
}

/**
 * Downloads a file of a model on the Hugging Face hub, once, and gives its path, for `loadWeights`. Node only; needs the
 * package `@huggingface/hub`.
 *
 * An interrupted download goes on where it broke off. The content must have the checksum that the hub publishes, at the
 * download and whenever the kept file is asked for again. Without a network the kept file is used.
 *
 * @param repo `'owner/name'`, such as `'timm/dm_nfnet_f0.dm_in1k'`.
 * @throws TensorFileError when there is no such file, its checksum is wrong, or the client is not installed.
 */
export async function fromHub(repo: string, options: FromHubOptions = {}): Promise<string> {
  const { file = 'model.safetensors', revision = 'main', onProgress } = options;
  assertName('repo', repo, /^[\w.-]+\/[\w.-]+$/, "'owner/name'");
  assertName('file', file, /^[\w.-]+(\/[\w.-]+)*$/, 'a path inside the repository');
  assertName('revision', revision, /^[\w.-]+(\/[\w.-]+)*$/, 'a branch, tag or commit');
  const { dirname, join } = nodeModule('node:path', 'downloads from the hub');
  const { mkdir, rename, rm, writeFile } = nodeModule('node:fs/promises', 'downloads from the hub');
  const path = join(options.cacheDir ?? defaultCache(), repo.replace('/', '--'), revision, file);
  const keptChecksum = `${path}.checksum`;

  const client = await importClient();
  const request = {
    ...{ repo, revision, path: file },
    ...(options.hubUrl !== undefined && { hubUrl: options.hubUrl }),
    ...(options.accessToken !== undefined && { accessToken: options.accessToken }),
    ...(options.fetch !== undefined && { fetch: options.fetch }),
  };
  const published = await lookUp(client, request).catch((error: unknown) => {
    if (error instanceof TensorFileError) throw error;
    return error as Error;
  });
  const kept = await keptFile(path, keptChecksum);
  if (published instanceof Error) {
    // An answer, such as that it is there no more, is not a missing network.
    const isAnswer = 'statusCode' in published;
    if (!isAnswer && kept !== undefined && (await checksum(path, kept)) === kept.checksum) return path;
    throw new TensorFileError(`fromHub: cannot ask the hub about ${file} of ${repo}: ${reason(published)}.`);
  }
  if (kept?.checksum === published.checksum && (await checksum(path, published)) === published.checksum) return path;

  await mkdir(dirname(path), { recursive: true });
  // By its content, so that a changed file is not put behind the beginning of the old one.
  const partial = `${path}.${published.checksum.slice(0, 16)}.partial`;
  await download(client, request, partial, published, onProgress);
  const got = await checksum(partial, published);
  if (got !== published.checksum) {
    await rm(partial);
    throw new TensorFileError(
      `fromHub: ${file} of ${repo} must have the checksum ${published.checksum}, got ${got}. It is removed; try again.`,
    );
  }
  await rename(partial, path);
  await writeFile(keptChecksum, `${published.checksum}\n`);
  return path;
}

type Client = typeof import('@huggingface/hub');
type Request = Parameters<Client['downloadFile']>[0];

async function importClient(): Promise<Client> {
  try {
    return await import('@huggingface/hub');
  } catch {
    throw new TensorFileError('fromHub: needs the package @huggingface/hub: npm install @huggingface/hub.');
  }
}

async function lookUp(client: Client, { path, ...request }: Request): Promise<HubFile> {
  const [info] = await client.pathsInfo({ ...request, paths: [path] });
  const checksum = info?.lfs?.oid ?? info?.oid;
  if (info?.type !== 'file' || checksum === undefined || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(checksum)) {
    throw new TensorFileError(`fromHub: the hub has no file ${path} in ${String(request.repo)}.`);
  }
  return { size: info.lfs?.size ?? info.size, checksum };
}

/** Downloads what `partial` lacks, behind what it has. */
async function download(
  client: Client,
  request: Request,
  partial: string,
  { size }: HubFile,
  onProgress: FromHubOptions['onProgress'],
): Promise<void> {
  const { open } = nodeModule('node:fs/promises', 'downloads from the hub');
  const handle = await open(partial, 'a');
  try {
    let received = (await handle.stat()).size;
    if (received > size) {
      await handle.truncate(0);
      received = 0;
    }
    onProgress?.(received, size);
    if (received === size) return;
    const blob = await client.downloadFile(request);
    if (blob === null) throw new Error('it is not there');
    for await (const chunk of blob.slice(received).stream()) {
      received += chunk.length;
      if (received > size) throw new Error(`it is longer than the ${size} bytes that the hub published`);
      await handle.writeFile(chunk);
      onProgress?.(received, size);
    }
    if (received < size) throw new Error(`it broke off after ${received} of ${size} bytes`);
  } catch (error) {
    throw new TensorFileError(
      `fromHub: cannot download ${request.path}: ${reason(error as Error)}. What has come is kept: call again to go on.`,
    );
  } finally {
    await handle.close();
  }
}

async function keptFile(path: string, keptChecksum: string): Promise<HubFile | undefined> {
  const { readFile, stat } = nodeModule('node:fs/promises', 'downloads from the hub');
  try {
    return { size: (await stat(path)).size, checksum: (await readFile(keptChecksum, 'utf8')).trim() };
  } catch {
    return undefined;
  }
}

/** The checksum of a file, of the kind that `like` has. */
async function checksum(path: string, like: HubFile): Promise<string> {
  const { createHash } = nodeModule('node:crypto', 'downloads from the hub');
  const { createReadStream } = nodeModule('node:fs', 'downloads from the hub');
  const isGit = like.checksum.length === 40;
  const hash = createHash(isGit ? 'sha1' : 'sha256');
  if (isGit) hash.update(`blob ${like.size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as ReadStream) hash.update(chunk);
  return hash.digest('hex');
}

function defaultCache(): string {
  const { homedir } = nodeModule('node:os', 'downloads from the hub');
  const { join } = nodeModule('node:path', 'downloads from the hub');
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nfnets');
}

function assertName(option: string, value: string, pattern: RegExp, rule: string): void {
  if (pattern.test(value) && !value.split('/').some((part) => /^\.+$/.test(part))) return;
  throw new RangeError(`fromHub: \`${option}\` must be ${rule}, got ${JSON.stringify(value)}.`);
}

/** A failed fetch hides what happened in its cause. */
function reason({ message, cause }: Error): string {
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
