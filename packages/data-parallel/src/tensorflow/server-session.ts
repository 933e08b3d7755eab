import type { GroupCall, GroupSession, GroupTensor } from '@nfnets/compiled-step';
import koffi from 'koffi';
import { GroupError } from '../group-error.js';
import { checked, type TensorFlow, TensorFlowError } from './library.js';
import { sessionConfig } from './server-def.js';

type Values = GroupTensor['values'];

/** Types of values, by TensorFlow's `DataType`. */
const ARRAYS: Readonly<Record<number, new (buffer: ArrayBuffer) => Exclude<Values, unknown[]>>> = {
  1: Float32Array,
  3: Int32Array,
  10: Uint8Array,
};

/** Codes of errors that TensorFlow gives when another process is gone: cancelled, unknown, deadline, aborted, internal, unavailable. */
const MAY_BE_OTHERS = [1, 2, 4, 10, 13, 14];

/** Who knows whether the other processes are there. */
interface Companions {
  /** Throws where one is gone. */
  assertTogether(): void;
  /** Waits at most `seconds` for word that one is gone; returns why. */
  whyOver(seconds: number): GroupError | undefined;
  /** Ends the group for all. */
  fail(reason: string): void;
  /** What another thread sees: the number of the call, 0 outside of one, and sessions, which it may take out and close. */
  readonly state: { call: number; add(session: bigint): number; take(place: number): bigint | undefined };
}

export interface SessionPlace {
  readonly tensorflow: TensorFlow;
  readonly target: string;
  readonly index: number;
  readonly threads: number;
  readonly meeting: Companions;
  readonly timeoutSeconds: number;
}

let calls = 0;

/** A session on a process's server, whose graph may sum over the processes. */
export class ServerSession implements GroupSession {
  lost: Error | undefined;
  private readonly graph: bigint;
  private readonly session: bigint;
  /** Among the sessions that the meeting's thread may close. */
  private readonly place: number;
  private readonly operations = new Map<string, bigint>();

  constructor(
    graphDef: Uint8Array,
    private readonly at: SessionPlace,
  ) {
    const { tensorflow } = at;
    this.graph = tensorflow.TF_NewGraph();
    importGraph(tensorflow, this.graph, graphDef);
    const options = tensorflow.TF_NewSessionOptions();
    try {
      const config = sessionConfig(at);
      tensorflow.TF_SetTarget(options, at.target);
      checked(tensorflow, (status) => tensorflow.TF_SetConfig(options, config, config.length, status));
      this.session = checked(tensorflow, (status) => tensorflow.TF_NewSession(this.graph, options, status));
    } finally {
      tensorflow.TF_DeleteSessionOptions(options);
    }
    this.place = at.meeting.state.add(this.session);
  }

  run({ feeds, fetches, isShared }: GroupCall, values: readonly Values[]): GroupTensor[] {
    if (this.lost) throw this.lost;
    const { tensorflow, meeting } = this.at;
    // Values can be read when the others have left.
    if (isShared) meeting.assertTogether();
    const inputs = values.map((each, i) => this.tensorOf(feeds[i]!, each));
    const outputs = new BigUint64Array(fetches.length);
    if (isShared) meeting.state.call = ++calls;
    try {
      checked(tensorflow, (status) =>
        tensorflow.TF_SessionRun(
          this.session,
          null,
          this.outputsOf(feeds.map(({ name }) => name)),
          BigUint64Array.from(inputs),
          inputs.length,
          this.outputsOf(fetches),
          outputs,
          outputs.length,
          null,
          0,
          null,
          status,
        ),
      );
    } catch (error) {
      throw isShared ? this.explain(error as Error) : error;
    } finally {
      meeting.state.call = 0;
      for (const input of inputs) tensorflow.TF_DeleteTensor(input);
    }
    return [...outputs].map((output) => this.take(output));
  }

  dispose(): void {
    const { tensorflow, meeting } = this.at;
    // One that the thread closed is left to the end of the process.
    if (meeting.state.take(this.place) === undefined) return;
    checked(tensorflow, (status) => tensorflow.TF_CloseSession(this.session, status));
    checked(tensorflow, (status) => tensorflow.TF_DeleteSession(this.session, status));
    tensorflow.TF_DeleteGraph(this.graph);
  }

  /** What became of a step: word of a process that is gone takes a while to come. */
  private explain(error: Error): Error {
    const { meeting, timeoutSeconds } = this.at;
    const isOwn = !(error instanceof TensorFlowError && MAY_BE_OTHERS.includes(error.code));
    const why = isOwn ? undefined : meeting.whyOver(timeoutSeconds + 5);
    meeting.fail(`a step failed: ${error.message.split('\n')[0]}`);
    if (isOwn) return error;
    // Some of the step may have been done: the values are neither those before it nor those after.
    this.lost = why
      ? new GroupError(`${why.message} The weights of the unfinished step are lost: go on from a checkpoint.`, {
          cause: error,
          isLoss: true,
        })
      : new GroupError(`joinGroup: a step failed though all processes are there: ${error.message}`, {
          cause: error,
          isLoss: true,
        });
    return this.lost;
  }

  private outputsOf(names: readonly string[]): BigUint64Array {
    // TF_Output: a pointer, and the number of the output, which is 0.
    const packed = new BigUint64Array(2 * names.length);
    for (const [i, name] of names.entries()) packed[2 * i] = this.operation(name);
    return packed;
  }

  private operation(name: string): bigint {
    let operation = this.operations.get(name);
    if (operation === undefined) {
      operation = this.at.tensorflow.TF_GraphOperationByName(this.graph, name) as bigint;
      this.operations.set(name, operation);
    }
    return operation;
  }

  private tensorOf({ name, shape, dtype }: GroupCall['feeds'][number], values: Values): bigint {
    if (Array.isArray(values))
      throw new TypeError(`joinGroup: \`${name}\` is of texts, and steps of a group take none.`);
    const { tensorflow } = this.at;
    const dims = BigInt64Array.from(shape, BigInt);
    const tensor = tensorflow.TF_AllocateTensor(dtype, dims, dims.length, values.byteLength) as bigint;
    if (values.byteLength > 0) {
      const memory = koffi.view(tensorflow.TF_TensorData(tensor), values.byteLength);
      new Uint8Array(memory).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    return tensor;
  }

  /** The values of a tensor, which is freed. */
  private take(tensor: bigint): GroupTensor {
    const { tensorflow } = this.at;
    const dtype = tensorflow.TF_TensorType(tensor) as number;
    const shape = Array.from({ length: tensorflow.TF_NumDims(tensor) as number }, (_, i) =>
      Number(tensorflow.TF_Dim(tensor, i)),
    );
    const bytes = Number(tensorflow.TF_TensorByteSize(tensor));
    const memory = bytes === 0 ? new ArrayBuffer(0) : koffi.view(tensorflow.TF_TensorData(tensor), bytes).slice(0);
    tensorflow.TF_DeleteTensor(tensor);
    const Values = ARRAYS[dtype];
    if (!Values) throw new TypeError(`joinGroup: a step of a group gives float32, int32 or bool, got type ${dtype}.`);
    return { shape, dtype, values: new Values(memory) };
  }
}

function importGraph(tensorflow: TensorFlow, graph: bigint, graphDef: Uint8Array): void {
  const buffer = tensorflow.TF_NewBufferFromString(graphDef, graphDef.length) as bigint;
  const options = tensorflow.TF_NewImportGraphDefOptions() as bigint;
  try {
    checked(tensorflow, (status) => tensorflow.TF_GraphImportGraphDef(graph, buffer, options, status));
  } finally {
    tensorflow.TF_DeleteImportGraphDefOptions(options);
    tensorflow.TF_DeleteBuffer(buffer);
  }
}
