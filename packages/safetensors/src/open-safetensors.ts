import { show } from '@nfnets/options';
import { blobSource, bytesSource } from './byte-source.js';
import { fileSource } from './file-source.js';
import { readSafetensors, type SafetensorsFile } from './read-safetensors.js';

/** A safetensors file that is open. */
export interface OpenSafetensors extends SafetensorsFile {
  /** Lets go of the file; its tensors cannot be read any more. */
  close(): Promise<void>;
}

/**
 * Opens a safetensors file: by its path (in Node), as bytes, or as a Blob or File (in a browser). Reads the header alone.
 *
 * @param file Path, bytes, or a Blob.
 * @throws TensorFileError when it cannot be opened, or anything about its header is not as the format says; TypeError for what is no file.
 * @example
 * ```ts
 * import { openSafetensors } from '@nfnets/safetensors';
 *
 * const { tensors, metadata, close } = await openSafetensors('model.safetensors');
 * for (const { name, dtype, shape } of tensors.values()) console.log(name, dtype, shape);
 * const bias = await tensors.get('head.fc.bias')!.read(); // one tensor in memory, as float32
 * await close();
 * ```
 */
export async function openSafetensors(file: string | Uint8Array | ArrayBuffer | Blob): Promise<OpenSafetensors> {
  const isBytes = file instanceof Uint8Array || file instanceof ArrayBuffer;
  if (!isBytes && !(file instanceof Blob) && (typeof file !== 'string' || file === '')) {
    throw new TypeError(`openSafetensors: \`file\` must be a path, bytes or a Blob, got ${show(file)}.`);
  }
  const source = typeof file === 'string' ? await fileSource(file) : isBytes ? bytesSource(file) : blobSource(file);
  try {
    return { ...(await readSafetensors(source)), close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}
