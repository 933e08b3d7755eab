import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import type { ValueSource } from './recorded-calls.js';

/** A tensor of a step that is being recorded: it has a buffer to be, and no numbers. */
export interface Symbol {
  readonly buffer: number;
  readonly shape: readonly number[];
  readonly dtype: TensorInfo['dtype'];
  references: number;
  source: ValueSource | undefined;
  /** What to say to who reads it. */
  readonly refusal: () => Error;
}

/** By their data ids; those of a recording that is over may still be around. */
const symbols = new WeakMap<object, Symbol>();
const tapped = new WeakSet<BackendWasm>();

export function symbolOf({ dataId }: Pick<TensorInfo, 'dataId'>): Symbol | undefined {
  return symbols.get(dataId);
}

export function newSymbol(symbol: Omit<Symbol, 'references'>): TensorInfo {
  const dataId = {};
  symbols.set(dataId, { ...symbol, references: 1 });
  return { dataId, shape: [...symbol.shape], dtype: symbol.dtype };
}

/** Teaches `backend` that there are tensors without numbers, once. */
export function admitSymbols(backend: BackendWasm): void {
  if (tapped.has(backend)) return;
  tapped.add(backend);
  const { disposeData, incRef, refCount, readSync } = backend;
  Object.assign(backend, {
    disposeData(dataId: object, force?: boolean): boolean {
      const symbol = symbols.get(dataId);
      if (symbol === undefined) return disposeData.call(backend, dataId, force);
      return --symbol.references <= 0 || force === true;
    },
    incRef(dataId: object): void {
      const symbol = symbols.get(dataId);
      if (symbol === undefined) incRef.call(backend, dataId);
      else symbol.references++;
    },
    refCount(dataId: object): number {
      return symbols.get(dataId)?.references ?? refCount.call(backend, dataId);
    },
    readSync(dataId: object, start?: number, end?: number): TypedArray | Uint8Array[] {
      const symbol = symbols.get(dataId);
      if (symbol !== undefined) throw symbol.refusal();
      return readSync.call(backend, dataId, start, end);
    },
  });
}
