import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { SourceError } from '../machine/prepare-errors.js';
import { parseMetadata, parseRecord, parseWheelTags, type WheelMetadata } from './wheel-metadata.js';

/** An open wheel: a zip of Python's, with the checksums of its files. */
export interface Wheel extends WheelMetadata {
  readonly tags: readonly string[];
  /** Paths of its files. */
  readonly paths: readonly string[];
  /** Bytes of the file `path` once unpacked; undefined where there is none. */
  sizeOf(path: string): number | undefined;
  /** Writes the file `path` of the wheel to `destination`. Throws a `SourceError` where it is not what the wheel's RECORD says. */
  extract(path: string, destination: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Opens the wheel `file`. Throws a `SourceError` where it is missing, cut short or no wheel. */
export async function openWheel(file: string): Promise<Wheel> {
  const name = basename(file);
  const damaged = (error: unknown): SourceError => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR') return new SourceError(`there is no file ${file}`);
    return new SourceError(`${name} is damaged, cut short or no wheel (${message}). Download it again`);
  };
  const zip = await openPromise(file, { autoClose: false }).catch((error: unknown) => {
    throw damaged(error);
  });
  const entries = new Map<string, Entry>();
  const read = async (path: string | undefined) =>
    (await buffer(await zip.openReadStreamPromise(entries.get(path ?? '')!))).toString('utf8');
  try {
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    const paths = [...entries.keys()];
    const described = (kind: string) => paths.find((path) => new RegExp(`^[^/]+\\.dist-info/${kind}$`).test(path));
    if (!['WHEEL', 'METADATA', 'RECORD'].every(described)) throw new Error('it does not say which package it holds');
    const checksums = parseRecord(await read(described('RECORD')));
    return {
      ...parseMetadata(await read(described('METADATA'))),
      tags: parseWheelTags(await read(described('WHEEL'))),
      paths,
      sizeOf: (path) => entries.get(path)?.uncompressedSize,
      async extract(path, destination, signal) {
        mkdirSync(dirname(destination), { recursive: true });
        const hash = createHash('sha256');
        const digest = new Transform({
          transform(chunk, _, done) {
            hash.update(chunk);
            done(undefined, chunk);
          },
        });
        try {
          const stream = await zip.openReadStreamPromise(entries.get(path)!);
          await pipeline(stream, digest, createWriteStream(destination), { signal });
        } catch (error) {
          // The system's errors are about where it is written to, and explained by who asked.
          throw (error as NodeJS.ErrnoException).syscall || signal.aborted ? error : damaged(error);
        }
        if (hash.digest('base64url') !== checksums.get(path)) {
          throw damaged(new Error(`the SHA-256 of ${path} is not the one in its RECORD`));
        }
      },
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw damaged(error);
  }
}
