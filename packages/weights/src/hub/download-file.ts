import { TensorFileError } from '@nfnets/safetensors';
import { nodeModule } from '../formats/node-module.js';
import { DownloadClaim } from './download-claim.js';
import { type HubFile, type HubRequest, hubBytes, reason } from './hub-client.js';
import { checksumOf, isSound, keepChecksum } from './kept-file.js';

const PURPOSE = 'downloads from the hub';
/** Milliseconds between two looks at the download of another. */
const LOOK_EVERY = 200;
/** Milliseconds before the first look, so that those that begin at the same time see each other. */
const SETTLE = 50;

/** The downloads of this process, by target: one after the other. */
const underWay = new Map<string, Promise<void>>();

/**
 * Downloads a file of the hub to `target`, where it appears once it is whole and has its checksum. Another download of it is waited
 * for, in this process or another; one that broke off is continued.
 *
 * @param file Its path in the repository.
 * @param onReceived Told the bytes that are here.
 * @throws TensorFileError
 */
export async function downloadFile(
  request: HubRequest,
  file: string,
  target: string,
  published: HubFile,
  onReceived: (received: number) => void,
): Promise<void> {
  const before = underWay.get(target) ?? Promise.resolve();
  const own = before.catch(() => {}).then(() => download(request, file, target, published, onReceived));
  underWay.set(target, own);
  try {
    await own;
  } finally {
    if (underWay.get(target) === own) underWay.delete(target);
  }
}

async function download(
  request: HubRequest,
  file: string,
  target: string,
  published: HubFile,
  onReceived: (received: number) => void,
): Promise<void> {
  const { mkdir, rename } = nodeModule('node:fs/promises', PURPOSE);
  const { dirname } = nodeModule('node:path', PURPOSE);
  const claim = await mkdir(dirname(target), { recursive: true })
    .then(() => DownloadClaim.make(target, published.checksum))
    .catch((error: Error) => {
      throw new TensorFileError(
        `fromHub: cannot write to the cache: ${error.message}. Pass { cacheDir }, or set XDG_CACHE_HOME.`,
      );
    });
  try {
    await sleep(SETTLE);
    while (await claim.isBehind()) {
      await sleep(LOOK_EVERY);
      if (await isSound(target, published)) return onReceived(published.size);
    }
    // What it waited for may have come between two looks.
    if (await isSound(target, published)) return onReceived(published.size);
    let start = await claim.resume();
    for (;;) {
      await receive(request, file, claim, start, published, onReceived);
      const got = await checksumOf(claim.path, published);
      if (got === published.checksum) break;
      const isResumed = start > 0;
      await claim.drop();
      // What was left behind may have been of another content, or two may have written it.
      if (!isResumed) {
        throw new TensorFileError(
          `fromHub: ${file} of ${request.repo} must have the checksum ${published.checksum}, got ${got}. It is removed; try again.`,
        );
      }
      start = 0;
    }
    await rename(claim.path, target);
    await keepChecksum(target, published);
    await claim.clean();
  } finally {
    await claim.drop();
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Appends what the claimed file lacks from `start` on. */
async function receive(
  request: HubRequest,
  file: string,
  claim: DownloadClaim,
  start: number,
  { size }: HubFile,
  onReceived: (received: number) => void,
): Promise<void> {
  const { open } = nodeModule('node:fs/promises', PURPOSE);
  const handle = await open(claim.path, 'a');
  try {
    let received = start;
    if (received > size) {
      await handle.truncate(0);
      received = 0;
    }
    onReceived(received);
    if (received === size) return;
    for await (const chunk of hubBytes(request, file, received)) {
      received += chunk.length;
      if (received > size) throw new Error(`it is longer than the ${size} bytes that the hub published`);
      await handle.writeFile(chunk);
      onReceived(received);
    }
    if (received < size) throw new Error(`it broke off after ${received} of ${size} bytes`);
  } catch (error) {
    await claim.leave();
    throw new TensorFileError(
      `fromHub: cannot download ${file}: ${reason(error as Error)}. What has come is kept: call again to go on.`,
    );
  } finally {
    await handle.close();
  }
}
