import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { GroupError } from '../group-error.js';

/** The functions of TensorFlow's C interface that a group calls, by what they return and take. Pointers are bigints. */
const POINTER = 'void *';
const SIGNATURES = {
  TF_Version: ['str'],
  TF_NewStatus: [POINTER],
  TF_GetCode: ['int', POINTER],
  TF_Message: ['str', POINTER],
  TF_DeleteStatus: ['void', POINTER],
  TF_NewServer: [POINTER, POINTER, 'size_t', POINTER],
  TF_ServerStart: ['void', POINTER, POINTER],
  TF_ServerTarget: ['str', POINTER],
  TF_NewGraph: [POINTER],
  TF_DeleteGraph: ['void', POINTER],
  TF_NewBufferFromString: [POINTER, POINTER, 'size_t'],
  TF_DeleteBuffer: ['void', POINTER],
  TF_NewImportGraphDefOptions: [POINTER],
  TF_DeleteImportGraphDefOptions: ['void', POINTER],
  TF_GraphImportGraphDef: ['void', POINTER, POINTER, POINTER, POINTER],
  TF_GraphOperationByName: [POINTER, POINTER, 'str'],
  TF_NewSessionOptions: [POINTER],
  TF_DeleteSessionOptions: ['void', POINTER],
  TF_SetTarget: ['void', POINTER, 'str'],
  TF_SetConfig: ['void', POINTER, POINTER, 'size_t', POINTER],
  TF_NewSession: [POINTER, POINTER, POINTER, POINTER],
  TF_CloseSession: ['void', POINTER, POINTER],
  TF_DeleteSession: ['void', POINTER, POINTER],
  TF_SessionRun: [
    'void',
    POINTER,
    POINTER,
    POINTER,
    POINTER,
    'int',
    POINTER,
    POINTER,
    'int',
    POINTER,
    'int',
    POINTER,
    POINTER,
  ],
  TF_AllocateTensor: [POINTER, 'int', POINTER, 'int', 'size_t'],
  TF_DeleteTensor: ['void', POINTER],
  TF_TensorData: [POINTER, POINTER],
  TF_TensorByteSize: ['size_t', POINTER],
  TF_TensorType: ['int', POINTER],
  TF_NumDims: ['int', POINTER],
  TF_Dim: ['int64_t', POINTER, 'int'],
} as const;

type Name = keyof typeof SIGNATURES;
// biome-ignore lint/suspicious/noExplicitAny: what they take is said above.
export type TensorFlow = { readonly [Key in Name]: (...args: any[]) => any };

const loaded = new Map<string, TensorFlow>();

/** TensorFlow's C functions of the library at `path`, which the process has loaded already. */
export function loadTensorFlow(path: string): TensorFlow {
  let functions = loaded.get(path);
  if (!functions) {
    try {
      const library = koffi.load(path);
      functions = Object.fromEntries(
        Object.entries(SIGNATURES).map(([name, [result, ...args]]) => [name, library.func(name, result, [...args])]),
      ) as unknown as TensorFlow;
    } catch (error) {
      throw new GroupError(
        `joinGroup: ${path} lacks what a group needs (${(error as Error).message}). Run npx nfnets-native, which brings TensorFlow 2.21.`,
        { cause: error },
      );
    }
    loaded.set(path, functions);
  }
  return functions;
}

/** Path of the library of TensorFlow that this process has loaded; undefined where it has none. */
export function findLibrary(): string | undefined {
  const names = process.platform === 'linux' ? mappedFiles() : reportedFiles();
  // The wheel's, and before it that of tfjs-node's own download.
  return (
    names.find((name) => /\/libtensorflow_cc\.(so\.2|2\.dylib)$/.test(name)) ??
    names.find((name) => /\/libtensorflow\.(so\.2|2\.dylib)[.\d]*$/.test(name))
  );
}

function mappedFiles(): string[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return lines.flatMap((line) => line.match(/ (\/.*)$/)?.[1] ?? []);
}

function reportedFiles(): string[] {
  return (process.report.getReport() as unknown as { readonly sharedObjects: string[] }).sharedObjects;
}

/** A call of TensorFlow's failed, with its code (`TF_Code`). */
export class TensorFlowError extends Error {
  override readonly name = 'TensorFlowError';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** Calls `use` with a status, and throws what TensorFlow says in it. */
export function checked<T>(tensorflow: TensorFlow, use: (status: bigint) => T): T {
  const status = tensorflow.TF_NewStatus() as bigint;
  try {
    const result = use(status);
    const code = tensorflow.TF_GetCode(status) as number;
    if (code !== 0) throw new TensorFlowError(code, tensorflow.TF_Message(status) as string);
    return result;
  } finally {
    tensorflow.TF_DeleteStatus(status);
  }
}

/** Closes a session from another thread than the one that is in a call of it: the call ends with an error. */
export function closeSession(path: string, session: bigint): void {
  const tensorflow = loadTensorFlow(path);
  const status = tensorflow.TF_NewStatus() as bigint;
  tensorflow.TF_CloseSession(session, status);
  tensorflow.TF_DeleteStatus(status);
}
