import type { ReadStream } from 'node:fs';
import { nodeModule } from '../formats/node-module.js';
import type { HubFile } from './hub-client.js';

const PURPOSE = 'downloads from the hub';

/** A file that was downloaded before, and its checksum then; undefined when it is not there, or was left half written. */
export async function keptFile(path: string): Promise<HubFile | undefined> {
  const { readFile, stat } = nodeModule('node:fs/promises', PURPOSE);
  try {
    return { size: (await stat(path)).size, checksum: (await readFile(`${path}.checksum`, 'utf8')).trim() };
  } catch {
    return undefined;
  }
}

/** Whether the file at `path` has the content that `like` tells of. */
export async function isSound(path: string, like: HubFile): Promise<boolean> {
  const { stat } = nodeModule('node:fs/promises', PURPOSE);
  const found = await stat(path).catch(() => undefined);
  return found?.size === like.size && (await checksumOf(path, like)) === like.checksum;
}

/** The checksum of a file, of the kind that `like` has. */
export async function checksumOf(path: string, like: HubFile): Promise<string> {
  const { createHash } = nodeModule('node:crypto', PURPOSE);
  const { createReadStream } = nodeModule('node:fs', PURPOSE);
  const isGit = like.checksum.length === 40;
  const hash = createHash(isGit ? 'sha1' : 'sha256');
  if (isGit) hash.update(`blob ${like.size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as ReadStream) hash.update(chunk);
  return hash.digest('hex');
}

/** Notes the checksum beside a file; a cache that cannot be written to does without. */
export async function keepChecksum(path: string, { checksum }: HubFile): Promise<void> {
  const { rename, rm, writeFile } = nodeModule('node:fs/promises', PURPOSE);
  const partial = `${path}.checksum.${globalThis.crypto.randomUUID()}`;
  try {
    await writeFile(partial, `${checksum}\n`);
    await rename(partial, `${path}.checksum`);
  } catch {
    await rm(partial, { force: true }).catch(() => {});
  }
}
