import { type ByteSource, show } from '@nfnets/safetensors';

/** Opens a file beside the one that names it. */
export type OpenShard = (name: string) => Promise<ByteSource>;

/** Whether `path` is that of a file in the same folder. */
export function isFileName(path: unknown): path is string {
  return typeof path === 'string' && /^[^/\\:]+$/.test(path) && !/^\.+$/.test(path);
}

/** Opens the files that another one names, and closes them together. */
export class FilesBeside {
  private readonly opened: ByteSource[] = [];

  /** @param refuse Throws with a reason. */
  constructor(
    private readonly shard: OpenShard | undefined,
    private readonly refuse: (reason: string) => never,
  ) {}

  async open(path: unknown): Promise<ByteSource> {
    if (this.shard === undefined) {
      return this.refuse('pass its path, or a list of it and its files, for the values are in those');
    }
    if (!isFileName(path)) {
      return this.refuse(`its files must lie beside it, got ${show(path)}`);
    }
    const part = await this.shard(path);
    this.opened.push(part);
    return part;
  }

  readonly close = async (): Promise<void> => {
    await Promise.all(this.opened.map((part) => part.close()));
  };
}
