import { TensorFileError } from '@nfnets/safetensors';

type Client = typeof import('@huggingface/hub');

/** Which repository, and how to get there. */
export interface HubRequest {
  readonly repo: string;
  readonly revision: string;
  readonly hubUrl?: string;
  readonly accessToken?: string;
  readonly fetch?: typeof fetch;
}

/** What the hub says about a file. */
export interface HubFile {
  readonly size: number;
  /** sha256 of the content, or for a small file the id that git gives it. */
  readonly checksum: string;
}

/** Thrown where the hub could not be asked, because there is no network or it cannot answer now. */
export class HubAbsence extends Error {}

async function importClient(): Promise<Client> {
  try {
    return await import('@huggingface/hub');
  } catch {
    throw new TensorFileError('fromHub: needs the package @huggingface/hub: npm install @huggingface/hub.');
  }
}

/**
 * Asks the hub about files of a repository. Gives those that are there.
 *
 * @throws HubAbsence without an answer, TensorFileError for one that refuses.
 */
export async function askHub(request: HubRequest, paths: readonly string[]): Promise<ReadonlyMap<string, HubFile>> {
  const client = await importClient();
  const infos = await client.pathsInfo({ ...request, paths: [...paths] }).catch((error: unknown) => {
    const { statusCode } = error as { statusCode?: number };
    // An answer, such as that it is there no more, is not a missing network; that the hub is busy or ill is.
    if (statusCode === undefined || statusCode >= 500 || statusCode === 429 || statusCode === 408) {
      throw new HubAbsence(reason(error as Error));
    }
    const which = `${paths.join(', ')} of ${request.repo}`;
    throw new TensorFileError(`fromHub: cannot ask the hub about ${which}: ${reason(error as Error)}.`);
  });
  const files = new Map<string, HubFile>();
  for (const { path, type, size, oid, lfs } of infos) {
    const checksum = lfs?.oid ?? oid ?? '';
    if (type !== 'file' || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(checksum)) continue;
    files.set(path, { size: lfs?.size ?? size, checksum });
  }
  return files;
}

/** The bytes of a file from `start` on. */
export async function* hubBytes(request: HubRequest, path: string, start: number): AsyncGenerator<Uint8Array> {
  const client = await importClient();
  const blob = await client.downloadFile({ ...request, path });
  if (blob === null) throw new Error('it is not there');
  yield* blob.slice(start).stream() as unknown as AsyncIterable<Uint8Array>;
}

/** A failed fetch hides what happened in its cause. */
export function reason({ message, cause }: Error): string {
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
