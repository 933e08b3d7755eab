import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf } from '../backend/backend-memory.js';
import { kernelModule } from '../backend/kernel-module.js';
import { forgetView } from '../backend/tfjs-registry.js';
import { noteWritten } from '../backend/written-in-place.js';
import { isNode } from '../threads/thread-pool.js';
import { allocate, arenaOf } from './arena.js';
import { mentionedLocations, type ProgramPlan, type ProgramTask, planProgram } from './plan-program.js';
import { byName, isTfjsCall, type PlacedTensor, type TfjsCall } from './recorded-calls.js';
import type { Tape } from './tape.js';

/** Bytes of a stage's state, as in assembly/program.ts. */
const STATE_BYTES = 64;

const MAY_SLEEP = isNode() || typeof globalThis.window === 'undefined';

/** A word of the table, and what is added to an address there. */
type AddressWord = readonly [word: number, offset: number];

/** A recorded step, planned: what it computes runs within WebAssembly from the first call to the last, but for tfjs's own kernels. */
export class StepProgram {
  private readonly plan: ProgramPlan;
  /** Memory of its own: the states of its stages, the table, the constants and the inputs that are given as values. */
  private readonly own: TensorInfo;
  private readonly states: number;
  private readonly table: number;
  /** Addresses of locations: for good, or of this run. */
  private readonly addresses = new Map<number, number>();
  private readonly arenaWords: AddressWord[] = [];
  private readonly givenWords = new Map<number, AddressWord[]>();
  /** Addresses as they are in the table. */
  private readonly linked = new Map<number, number>();
  private arenaAddress = -1;
  /** Numbers of the inputs that are written. */
  private readonly assigned: readonly number[];

  /** Throws an `Error` that says how much memory it takes where there is not so much. */
  constructor(
    private readonly backend: BackendWasm,
    tape: Tape,
    task: ProgramTask,
  ) {
    this.plan = planProgram(tape, task, kernelModule(backend).pool?.threads ?? 1);
    this.assigned = task.assignments.map(({ input }) => input);
    const { table, inputs, buffers, arenaBytes } = this.plan;
    const layout = new Layout();
    const states = layout.add(STATE_BYTES * table.stages);
    const words = layout.add(4 * table.words.length);
    const mentioned = mentionedLocations(this.plan);
    const constants = [...tape.constants].filter(([buffer]) => mentioned.has(buffer));
    const places = [
      ...constants.map(([buffer, { length }]) => [buffer, layout.add(length)] as const),
      ...task.values.map((input) => [inputs[input]!, layout.add(buffers[inputs[input]!]!.bytes)] as const),
    ];
    arenaOf(backend).reserve(arenaBytes, this);
    try {
      this.own = allocate(backend, layout.bytes / 4 + 4);
    } catch (error) {
      arenaOf(backend).leave(this);
      throw error;
    }
    const start = 16 * Math.ceil(backend.getMemoryOffset(this.own.dataId) / 16);
    this.states = start + states;
    this.table = start + words;
    for (const [buffer, at] of places) this.addresses.set(buffer, start + at);
    const memory = this.memory();
    for (const [buffer, values] of constants) memory.set(values, this.addresses.get(buffer)!);
    this.writeTable();
  }

  /** Kernels of tfjs's own that a run calls between parts of the program, each as often as it is listed. */
  get tfjsKernels(): string[] {
    return this.plan.calls.flatMap((call) => (isTfjsCall(call) ? [call.tfjs] : []));
  }

  /**
   * Computes the outputs, which are the caller's, and writes what is assigned into the memory of the inputs: a tensor of the backend
   * for each, or values where `task.values` says so.
   */
  run(inputs: readonly (TensorInfo | Float32Array)[]): TensorInfo[] {
    const { backend, plan } = this;
    const results = plan.outputs.map(({ shape, dtype }) => backend.makeOutput([...shape], dtype));
    const locate = (location: number, tensor: TensorInfo) => this.addresses.set(location, addressOf(backend, tensor));
    for (const [i, result] of results.entries()) locate(plan.outputs[i]!.buffer, result);
    for (const [i, input] of inputs.entries()) {
      const location = plan.inputs[i]!;
      if (input instanceof Float32Array) this.floats(this.addresses.get(location)!, input.length).set(input);
      else if (this.givenWords.has(location)) locate(location, input);
    }
    this.link();
    const { stages, stagesAt, parts } = plan.table;
    this.words(this.states, (STATE_BYTES / 4) * stages).fill(0);
    for (const part of parts) {
      if ('tfjs' in part) this.callTfjs(plan.calls[part.tfjs] as TfjsCall);
      else this.runStages([this.table + 4 * stagesAt, this.states, part.from, part.to, Number(MAY_SLEEP)]);
    }
    for (const input of this.assigned) noteWritten((inputs[input] as TensorInfo).dataId);
    return results;
  }

  dispose(): void {
    this.backend.disposeData(this.own.dataId);
    arenaOf(this.backend).leave(this);
  }

  private runStages(args: readonly number[]): void {
    const { functions, pool, places } = kernelModule(this.backend);
    const threads = Math.min(this.plan.threads, pool?.threads ?? 1);
    if (threads === 1) {
      functions['runStages']!(...args, 0, 1, 0);
    } else {
      const kernel = places.get('runStages')!;
      pool!.run({ kernel, args, units: threads, grain: 1, limit: threads, scratch: 0, scratchBytes: 0 });
    }
  }

  /** Writes the table with the addresses that stay, and notes where the others belong. */
  private writeTable(): void {
    const { table, locations, offsets } = this.plan;
    const words = this.words(this.table, table.words.length);
    words.set(table.words);
    for (const word of table.links) words[word] = this.table + 4 * table.words[word]!;
    for (const { word, buffer, offset } of table.addresses) {
      const location = locations[buffer]!;
      const known = this.addresses.get(location);
      const planned = offsets.get(location);
      if (known !== undefined) words[word] = known + offset;
      else if (planned !== undefined) this.arenaWords.push([word, planned + offset]);
      else this.givenWords.set(location, [...(this.givenWords.get(location) ?? []), [word, offset]]);
    }
    for (const call of this.plan.calls) {
      if (!isTfjsCall(call)) continue;
      for (const buffer of [...call.reads, ...call.writes]) {
        const location = locations[buffer]!;
        const isGiven = !this.addresses.has(location) && !offsets.has(location);
        if (isGiven && !this.givenWords.has(location)) this.givenWords.set(location, []);
      }
    }
  }

  /** Writes the addresses that are others than at the last run. */
  private link(): void {
    const words = this.words(this.table, this.plan.table.words.length);
    const { address } = arenaOf(this.backend);
    if (address !== this.arenaAddress) {
      this.arenaAddress = address;
      for (const [word, offset] of this.arenaWords) words[word] = address + offset;
    }
    for (const [location, places] of this.givenWords) {
      const now = this.addresses.get(location)!;
      if (now === this.linked.get(location)) continue;
      this.linked.set(location, now);
      for (const [word, offset] of places) words[word] = now + offset;
    }
  }

  private callTfjs({ kernelFunc, attrs, inputs, isList, outputs }: TfjsCall): void {
    const { backend } = this;
    const views: TensorInfo[] = [];
    const view = ({ buffer, shape, dtype }: PlacedTensor): TensorInfo => {
      const tensor = backend.makeOutput([...shape], dtype, this.addressOf(buffer));
      views.push(tensor);
      return tensor;
    };
    const named = byName(
      inputs.map(([name, tensor]) => [name, tensor && view(tensor)]),
      isList,
    );
    let made: TensorInfo[] = [];
    try {
      made = [kernelFunc({ inputs: named, backend, ...(attrs && { attrs }) })].flat();
      for (const [i, { dataId }] of made.entries()) {
        const { buffer } = outputs[i]!;
        const from = backend.getMemoryOffset(dataId);
        this.memory().copyWithin(this.addressOf(buffer), from, from + this.plan.buffers[buffer]!.bytes);
      }
    } finally {
      for (const { dataId } of made) backend.disposeData(dataId);
      for (const each of views) forgetView(backend, each);
    }
  }

  private addressOf(buffer: number): number {
    const location = this.plan.locations[buffer]!;
    const offset = this.plan.offsets.get(location);
    return offset === undefined ? this.addresses.get(location)! : this.arenaAddress + offset;
  }

  // Views are made anew each time: the memory's buffer is another one when it has grown.
  private memory(): Uint8Array {
    return new Uint8Array(kernelModule(this.backend).memory.buffer);
  }

  private words(address: number, length: number): Int32Array {
    return new Int32Array(kernelModule(this.backend).memory.buffer, address, length);
  }

  private floats(address: number, length: number): Float32Array {
    return new Float32Array(kernelModule(this.backend).memory.buffer, address, length);
  }
}

/** Places in memory, one after the other. */
class Layout {
  bytes = 0;

  add(bytes: number): number {
    const at = this.bytes;
    this.bytes = 16 * Math.ceil((at + bytes) / 16);
    return at;
  }
}
