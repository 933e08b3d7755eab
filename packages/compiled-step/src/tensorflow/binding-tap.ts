import type {
  OpAttribute,
  TensorFlowBackend,
  TensorFlowBinding,
  TensorMetadata,
  TensorValues,
} from './tensorflow-binding.js';

/** Takes over what kernels ask of TensorFlow while a step is recorded. */
export interface Recorder {
  executeOp(name: string, attributes: readonly OpAttribute[], inputs: number[], outputs: number): TensorMetadata[];
  createTensor(shape: number[], dtype: number, values: TensorValues): number;
  tensorDataSync(id: number): TensorValues;
}

const taps = new WeakMap<TensorFlowBackend, BindingTap>();

/** The tap on a backend's binding, the one seam that all its kernels cross; put there at the first call. */
export function tapBinding(backend: TensorFlowBackend): BindingTap {
  let tap = taps.get(backend);
  if (!tap) {
    tap = new BindingTap(backend.binding);
    backend.binding = tap.binding;
    taps.set(backend, tap);
  }
  return tap;
}

/**
 * Lets tensors exist that TensorFlow's eager runtime does not know, under negative ids: values of a step that is being
 * recorded, and variables that live in a session, which are fetched when someone wants to see them.
 */
export class BindingTap {
  /** What kernels see. */
  readonly binding: TensorFlowBinding;
  recorder: Recorder | undefined;
  private readonly residents = new Map<number, () => number>();
  // tfjs-node marks tensors that it has not sent yet by -1.
  private lastId = -1;

  constructor(
    /** TensorFlow itself. */
    readonly real: TensorFlowBinding,
  ) {
    const names = Object.getOwnPropertyNames(real) as (keyof TensorFlowBinding)[];
    const forwarded = Object.fromEntries(
      names.map((name) => {
        const value = real[name] as unknown;
        return [name, typeof value === 'function' ? value.bind(real) : value];
      }),
    ) as unknown as TensorFlowBinding;
    this.binding = Object.assign(forwarded, {
      executeOp: (name: string, attributes: readonly OpAttribute[], inputs: number[], outputs: number) =>
        this.recorder
          ? this.recorder.executeOp(name, attributes, inputs, outputs)
          : real.executeOp(name, attributes, this.realIds(inputs), outputs),
      createTensor: (shape: number[], dtype: number, values: TensorValues) =>
        (this.recorder ?? real).createTensor(shape, dtype, values),
      tensorDataSync: (id: number) =>
        this.recorder ? this.recorder.tensorDataSync(id) : real.tensorDataSync(this.realId(id)),
      runSavedModel: (id: number, inputs: number[], inputNames: string, outputNames: string) =>
        real.runSavedModel(id, this.realIds(inputs), inputNames, outputNames),
    });
  }

  /** Makes an id for a tensor that TensorFlow does not know. */
  newId(): number {
    return --this.lastId;
  }

  /** Makes an id for a tensor whose value `fetch` brings into TensorFlow, as an id that stays `fetch`'s to delete. */
  newResident(fetch: () => number): number {
    const id = this.newId();
    this.residents.set(id, fetch);
    return id;
  }

  forgetResident(id: number): void {
    this.residents.delete(id);
  }

  /** Has whoever asks for the value of a resident hear that it is gone, and why. */
  loseResident(id: number, why: Error): void {
    this.residents.set(id, () => {
      throw new Error(`compileStep: the value of a variable is gone: ${why.message}`, { cause: why });
    });
  }

  /** The id under which TensorFlow knows the tensor. */
  realId(id: number): number {
    if (id >= 0) return id;
    const fetch = this.residents.get(id);
    if (!fetch) {
      throw new Error(
        'compileStep: a tensor that was made while a step was recorded is used outside of it. Return it from the step.',
      );
    }
    return fetch();
  }

  private realIds(ids: number[]): number[] {
    return ids.some((id) => id < 0) ? ids.map((id) => this.realId(id)) : ids;
  }
}
