import type { ByteRange } from '@nfnets/safetensors';

/** Bytes of a pickle that are still in the file; as UTF-8 text when a pickle of protocol 2 wrote them as text. */
export class LazyBytes {
  constructor(
    readonly range: ByteRange,
    /** `'text'`: the range is UTF-8. `'latin1'`: UTF-8 whose characters are the bytes. */
    readonly encoding: 'bytes' | 'text' | 'latin1',
  ) {}
}

/** What a pickle refers to by module and name: one of the few that a weight file needs, with what it makes. */
export class PickleGlobal {
  constructor(
    readonly name: string,
    /** Makes plain data of the arguments; throws an Error with a reason. */
    readonly call?: (args: readonly unknown[]) => unknown,
  ) {}
}

/** Something that a pickle makes first and fills in later. */
export interface Fillable {
  fill(state: unknown): void;
}

export function isFillable(value: unknown): value is Fillable {
  return typeof (value as Partial<Fillable> | null)?.fill === 'function';
}
