import { type ByteSource, TensorFileError } from '@nfnets/safetensors';

/** Bytes of the longest JSON that is read. */
const LONGEST_JSON = 1 << 26;

/** The object that `source` holds as JSON: a model.json of TensorFlow.js, or the index of a sharded file. */
export async function readJson(source: ByteSource): Promise<Readonly<Record<string, unknown>>> {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a model.json of TensorFlow.js, nor an index of shards: ${reason}.`);
  };
  if (source.size > LONGEST_JSON) refuse(`it has ${source.size} bytes`);
  const text = new TextDecoder().decode(await source.read(0, source.size));
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return refuse('it is not JSON');
  }
}
