import type { TensorInfo } from '@tensorflow/tfjs-core';
import { wholeLines } from '../backend/backend-memory.js';
import { type CallTable, encodeCalls } from './call-table.js';
import { fuseCalls } from './fuse-calls.js';
import { FUSED_SCRATCH } from './fused-program.js';
import { type Assignment, inPlaceValues } from './in-place.js';
import { liveCalls } from './live-calls.js';
import { type Need, planMemory } from './plan-memory.js';
import { type Buffer, type FunctionCall, isTfjsCall, type PlacedTensor, type RecordedCall } from './recorded-calls.js';
import { planStages, type Stage } from './stages.js';
import type { Tape } from './tape.js';

/** What a program is made for. */
export interface ProgramTask {
  /** What it returns: tensors of the recording. */
  readonly outputs: readonly TensorInfo[];
  /** Inputs, by number, that hold another value when it is done. */
  readonly assignments: readonly { readonly input: number; readonly value: TensorInfo }[];
  /** Inputs, by number, that are given as float32 values, not as tensors. */
  readonly values: readonly number[];
}

/** What a program does, in which order, and where. */
export interface ProgramPlan {
  readonly threads: number;
  readonly calls: readonly RecordedCall[];
  readonly table: CallTable;
  readonly buffers: readonly Buffer[];
  /** The buffer in whose memory each buffer is: another one where a variable's value is computed in place. */
  readonly locations: readonly number[];
  /** Where in the arena a location is, by its number. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly arenaBytes: number;
  /** The buffers of inputs, by the inputs' numbers, and those that results are written to. */
  readonly inputs: readonly number[];
  readonly outputs: readonly PlacedTensor[];
}

/** Plans what computes `task` from what `tape` holds, for `threads` threads. */
export function planProgram(tape: Tape, { outputs, assignments }: ProgramTask, threads: number): ProgramPlan {
  const buffers: Buffer[] = [...tape.buffers];
  const inputs = buffers.flatMap(({ kind }, i) => (kind === 'input' ? [i] : []));
  const kept = keepInputs(buffers, tape, assignments, inputs);
  const returned = returnOutputs(buffers, tape, outputs);
  const recorded = [...kept.copies, ...tape.calls, ...returned.copies];
  const results = returned.outputs.map(({ buffer }) => buffer);
  const live = liveCalls(recorded, [...kept.assignments.map(({ value }) => value), ...results]);
  const written = new Set([...results, ...kept.assignments.map(({ value }) => value)]);
  const blocks = buffers.push({ bytes: threads * BLOCKS_BYTES, kind: 'made' }) - 1;
  const fused = fuseCalls(live, {
    isTemporary: (buffer) => buffers[buffer]!.kind === 'made' && !written.has(buffer),
    scratch: { scratch: { buffer: blocks, offset: 0 }, scratchBytes: BLOCKS_BYTES },
  });
  const places = inPlaceValues(fused, kept.assignments, (buffer) => buffers[buffer]!.kind === 'made');
  // What cannot be computed in place is copied when all is done.
  const copies = kept.assignments.flatMap(({ input, value }) =>
    places.get(value) === input ? [] : copyCalls(value, input, buffers[input]!.bytes),
  );
  const calls = [...fused, ...copies];
  const locations = buffers.map((_, i) => places.get(i) ?? i);
  const stages = planStages(
    calls,
    threads,
    (buffer) => locations[buffer]!,
    (buffer) => buffers[buffer]!.bytes,
  );
  const isResult = new Set(results);
  const needs = lifetimes(calls, stages, locations, (location) =>
    buffers[location]!.kind === 'made' && !isResult.has(location) ? buffers[location]!.bytes : undefined,
  );
  // All fused calls share their blocks, each thread its own.
  if (calls.some((call) => !isTfjsCall(call) && call.kernel === 'fused')) {
    needs.set(blocks, { bytes: threads * BLOCKS_BYTES, first: 0, last: stages.length - 1 });
  }
  const memory = planMemory([...needs.values()]);
  return {
    threads,
    calls,
    table: encodeCalls(calls, stages),
    buffers,
    locations,
    offsets: new Map([...needs.keys()].map((location, i) => [location, memory.offsets[i]!])),
    arenaBytes: memory.bytes,
    inputs,
    outputs: returned.outputs,
  };
}

/** Assignments as buffers; an input that another one is assigned is copied before anything is written. */
function keepInputs(
  buffers: Buffer[],
  tape: Tape,
  wanted: ProgramTask['assignments'],
  inputs: readonly number[],
): { readonly copies: FunctionCall[]; readonly assignments: Assignment[] } {
  const copies: FunctionCall[] = [];
  const assignments: Assignment[] = [];
  for (const { input, value } of wanted) {
    const target = inputs[input]!;
    let source = tape.bufferOf(value);
    if (source === target) continue;
    const { kind, bytes } = buffers[source]!;
    if (kind === 'input') {
      const copy = buffers.push({ bytes, kind: 'made' }) - 1;
      copies.push(...copyCalls(source, copy, bytes));
      source = copy;
    }
    assignments.push({ input: target, value: source });
  }
  return { copies, assignments };
}

/** Outputs in buffers of their own, as what they are made of may be anything: a variable, a constant, twice the same. */
function returnOutputs(buffers: Buffer[], tape: Tape, wanted: readonly TensorInfo[]) {
  const outputs = wanted.map((output): PlacedTensor => {
    const { bytes } = buffers[tape.bufferOf(output)]!;
    const buffer = buffers.push({ bytes, kind: 'made' }) - 1;
    return { buffer, shape: output.shape, dtype: output.dtype as PlacedTensor['dtype'] };
  });
  const copies = outputs.flatMap(({ buffer }, i) =>
    copyCalls(tape.bufferOf(wanted[i]!), buffer, buffers[buffer]!.bytes),
  );
  return { outputs, copies };
}

/** Bytes of the blocks in which a thread computes fused calls. */
const BLOCKS_BYTES = 4 * wholeLines(FUSED_SCRATCH);

/** Bytes that a unit copies. */
const CHUNK = 65_536;
const BYTES_PER_NANOSECOND = 8;

function copyCalls(from: number, to: number, bytes: number): FunctionCall[] {
  const copy = (offset: number, length: number, units: number): FunctionCall => ({
    kernel: 'copyRuns',
    args: [{ buffer: from, offset }, length, { buffer: to, offset }, length, length],
    units,
    nanoseconds: (length * units) / BYTES_PER_NANOSECOND,
    scratch: 0,
    scratchBytes: 0,
    reads: [from],
    writes: [to],
  });
  const whole = Math.floor(bytes / CHUNK);
  const rest = bytes - whole * CHUNK;
  return [...(whole > 0 ? [copy(0, CHUNK, whole)] : []), ...(rest > 0 ? [copy(whole * CHUNK, rest, 1)] : [])];
}

/** From which stage to which each location is needed for which `bytesOf` tells a size. */
function lifetimes(
  calls: readonly RecordedCall[],
  stages: readonly Stage[],
  locations: readonly number[],
  bytesOf: (location: number) => number | undefined,
): Map<number, Need> {
  const needs = new Map<number, Need>();
  for (const [stage, items] of stages.entries()) {
    const made = 'tfjs' in items ? [items.tfjs] : items.flatMap((item) => item.calls);
    for (const i of made) {
      for (const buffer of [...calls[i]!.reads, ...calls[i]!.writes]) {
        const location = locations[buffer]!;
        const bytes = bytesOf(location);
        if (bytes === undefined) continue;
        needs.set(location, { bytes, first: needs.get(location)?.first ?? stage, last: stage });
      }
    }
  }
  return needs;
}

/** Buffers that `plan` mentions. */
export function mentionedLocations({ table, calls, locations }: ProgramPlan): Set<number> {
  const buffers = [
    ...table.addresses.map(({ buffer }) => buffer),
    ...calls.flatMap((call) => (isTfjsCall(call) ? [...call.reads, ...call.writes] : [])),
  ];
  return new Set(buffers.map((buffer) => locations[buffer]!));
}
