import { type ByteRange, show } from '@nfnets/safetensors';

/** Bytes of a pickle that are still in the file; as UTF-8 text when a pickle of protocol 2 wrote them as text. */
export class LazyBytes {
  constructor(
    readonly range: ByteRange,
    /** `'text'`: the range is UTF-8. `'latin1'`: UTF-8 whose characters are the bytes. */
    readonly encoding: 'bytes' | 'text' | 'latin1',
  ) {}
}

/** What a pickle refers to by module and name. */
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

/**
 * Stands for what a pickle describes and nobody here makes: an object of a class that no weight file needs, a tensor without
 * readable values. Nothing of it is executed and what belongs to it is passed over, so that the rest can be read.
 */
export class InertObject implements Fillable {
  /** @param what Completes "it is", for the error where it is used as a weight. */
  constructor(readonly what: string) {}

  fill(): void {}
}

/** A name that is not known here: calling it makes an inert object, and nothing else. */
export function inertGlobal(name: string): PickleGlobal {
  return new PickleGlobal(name, () => new InertObject(`an object of ${show(name)}`));
}

export function isFillable(value: unknown): value is Fillable {
  return typeof (value as Partial<Fillable> | null)?.fill === 'function';
}

/** What a value of a pickle is, for an error where something else is wanted. */
export function describeValue(value: unknown): string {
  if (value instanceof InertObject) return value.what;
  if (value instanceof PickleGlobal) return `the name ${show(value.name)}`;
  if (value instanceof Map) return 'a dict';
  if (value instanceof Set) return 'a set';
  if (value instanceof Uint8Array || value instanceof LazyBytes) return 'bytes';
  if (value === null) return 'None';
  return Array.isArray(value) ? `a list of ${value.length}` : show(value);
}

/** Why a pickle cannot be used whose whole value is something that is not known here; undefined where that is not so. */
export function whyInert(value: unknown): string | undefined {
  if (value instanceof PickleGlobal) {
    return `it refers to ${show(value.name)}, which no weight file needs; nothing of it was executed`;
  }
  if (!(value instanceof InertObject)) return undefined;
  const name = value.what.match(/^an object of (".*")$/)?.[1];
  return name === undefined
    ? `it is ${value.what}`
    : `it refers to ${name}, which no weight file needs; nothing of it was executed. If it is a whole model, save its state_dict() instead`;
}
