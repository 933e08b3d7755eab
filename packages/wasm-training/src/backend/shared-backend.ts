import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { IdleWorker } from './idle-worker.js';
import { kernelModule } from './kernel-module.js';

/** As much of the module that tfjs's threaded build makes as this file touches. */
interface ThreadedModule {
  cwrap(name: string, result: 'number' | null, parameters: readonly 'number'[]): (...numbers: number[]) => number;
  tfjs: object;
}

const BUILD = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd';

/**
 * A wasm backend in memory that threads can share: tfjs's threaded build, which tfjs itself does not start in Node (its issue 3830).
 * It gets no threads of its own: XNNPACK's would spin beside ours.
 *
 * For Node. Throws an `Error` where the build is not where it is expected, or does not start.
 */
export async function startSharedBackend(): Promise<BackendWasm> {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { compileFunction } = process.getBuiltinModule('node:vm');
  const require = createRequire(import.meta.url);
  const file = require.resolve(`${BUILD}.js`);
  // Without `process` the build thinks itself in a bare engine, and makes no handlers, global names or workers of Node's. It counts
  // processors when it loads: with one it starts no thread.
  const globals = { process: undefined, Worker: IdleWorker, navigator: { hardwareConcurrency: 1 } };
  const exported: { exports: unknown } = { exports: {} };
  const load = compileFunction(readFileSync(file, 'utf8'), ['module', 'exports', ...Object.keys(globals)], {
    filename: file,
  });
  load(exported, exported.exports, ...Object.values(globals));
  const messages: string[] = [];
  const make = exported.exports as (settings: object) => Promise<ThreadedModule>;
  const module = await make({
    wasmBinary: readFileSync(require.resolve(`${BUILD}.wasm`)),
    locateFile: (path: string) => path,
    printErr: (message: string) => messages.push(message),
  });
  module.tfjs = bindingsOf(module);
  return new SharedBackend(module as unknown as ConstructorParameters<typeof BackendWasm>[0]);
}

/** Takes its threads with it. */
class SharedBackend extends BackendWasm {
  override dispose(): void {
    kernelModule(this).pool?.stop();
    super.dispose();
  }
}

/** The functions through which `BackendWasm` speaks to its module. */
function bindingsOf(module: ThreadedModule): object {
  const initialize = module.cwrap('init_with_threads_count', null, ['number']);
  return {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: () => initialize(1),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
}
