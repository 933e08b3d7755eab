import { say } from './say.js';

/** An array of jax-js. Who passes it on gives it away: `ref` keeps it. */
export interface JaxArray {
  readonly ref: this;
  readonly shape: number[];
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  greater(other: JaxArray | number): JaxArray;
  sum(axis?: number | number[], options?: { readonly keepdims: boolean }): JaxArray;
  mean(axis?: number | number[], options?: { readonly keepdims: boolean }): JaxArray;
  reshape(shape: number[]): JaxArray;
  transpose(permutation: number[]): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

export type JaxTree = JaxArray | readonly JaxTree[] | { readonly [name: string]: JaxTree };

type Conv = (
  x: JaxArray,
  kernel: JaxArray,
  strides: readonly number[],
  padding: 'SAME' | 'VALID',
  options?: { readonly featureGroupCount: number },
) => JaxArray;

/** Of the library, what is used here: it is no dependency, being a peer alone. */
export interface JaxJs {
  init(device: 'wasm'): Promise<readonly string[]>;
  defaultDevice(device: 'wasm'): void;
  blockUntilReady(tree: JaxTree): Promise<unknown>;
  jit<Given extends JaxTree[], Result extends JaxTree>(f: (...given: Given) => Result): (...given: Given) => Result;
  grad(f: (x: JaxArray) => JaxArray): (x: JaxArray) => JaxArray;
  valueAndGrad<Weights extends JaxTree>(
    f: (weights: Weights, ...rest: JaxArray[]) => JaxArray,
  ): (weights: Weights, ...rest: JaxArray[]) => [JaxArray, Weights];
  readonly tree: { ref<Tree extends JaxTree>(tree: Tree): Tree; dispose(tree: JaxTree): void };
  readonly numpy: {
    readonly int32: string;
    array(values: Float32Array | Int32Array | readonly number[], options?: { readonly dtype: string }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    max(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
    tanh(x: JaxArray): JaxArray;
    maximum(x: JaxArray, y: JaxArray | number): JaxArray;
    where(condition: JaxArray, x: JaxArray | number, y: JaxArray | number): JaxArray;
    pad(x: JaxArray, widths: readonly (readonly [number, number])[]): JaxArray;
  };
  readonly lax: {
    readonly convGeneralDilated: Conv;
    erf(x: JaxArray): JaxArray;
    reduceWindow(
      x: JaxArray,
      f: (window: JaxArray) => JaxArray,
      sizes: readonly number[],
      strides: readonly number[],
    ): JaxArray;
  };
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    sigmoid(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
    oneHot(x: JaxArray, numClasses: number): JaxArray;
  };
}

const VERSION = '0.1.25';
const PACKAGE = '@jax-js/jax';
const INSTALL = `npm install --prefix bench/.peers ${PACKAGE}@${VERSION}`;

/** What its figures are of. In Node it has no threads: they want the `Worker` of pages. */
export const JAX_JS_VERSION = `jax-js ${VERSION} on one thread`;

/** Loads jax-js with its WebAssembly backend; where it is missing, says how to get it and ends the process. */
export async function loadJaxJs(): Promise<JaxJs> {
  const library = new URL(`../.peers/node_modules/${PACKAGE}/dist/index.js`, import.meta.url).href;
  const jax = await (import(library) as Promise<JaxJs>).catch((error: Error): never => {
    say({ missing: `${INSTALL} (${error.message.split('\n')[0]})` });
    process.exit();
  });
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return jax;
}
