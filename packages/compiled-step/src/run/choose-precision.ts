import { attribute, encodeSavedModel } from '../graph/graph-def.js';
import type { Precision } from '../step-function.js';
import { tapBinding } from '../tensorflow/binding-tap.js';
import { Session } from '../tensorflow/session.js';
import { type TensorFlowBackend, TF_DTYPE } from '../tensorflow/tensorflow-binding.js';

/**
 * In what a graph's convolutions compute. Says in a line on standard error where bfloat16 is asked for and the processor has no instructions
 * for it.
 *
 * @throws RangeError for bfloat16 where no graph can have it
 */
export function choosePrecision(wanted: Precision | 'auto', backend: TensorFlowBackend, xla: boolean): Precision {
  if (wanted === 'float32') return 'float32';
  if (wanted === 'auto') return !xla && hasFusedOps(backend) && hasBfloat16Instructions() ? 'bfloat16' : 'float32';
  if (xla) {
    throw new RangeError(
      "compileStep: `precision` 'bfloat16' and `xla` exclude each other, as XLA makes ops of its own. Leave one of them out.",
    );
  }
  if (!hasFusedOps(backend)) {
    throw new RangeError(
      "compileStep: `precision` 'bfloat16' needs the binding of TensorFlow that `npx nfnets-native` builds, and this one has not been built by it. Run that again, or take 'auto' or 'float32'.",
    );
  }
  if (!hasBfloat16Instructions()) {
    console.warn(
      "compileStep: this processor has no instructions for bfloat16 (avx512_bf16, amx_bf16): the same numbers, but slower than 'float32'.",
    );
  }
  return 'bfloat16';
}

const known = new WeakMap<TensorFlowBackend, boolean>();

/** Whether the backend's binding has the op `NFNetsElementwise`. */
export function hasFusedOps(backend: TensorFlowBackend): boolean {
  let has = known.get(backend);
  if (has === undefined) {
    has = runsFusedOp(backend);
    known.set(backend, has);
  }
  return has;
}

function runsFusedOp(backend: TensorFlowBackend): boolean {
  const { real } = tapBinding(backend);
  const float = TF_DTYPE.float32;
  const nodes = [
    {
      name: 'two',
      op: 'Const',
      inputs: [],
      attributes: { dtype: attribute.type(float), value: attribute.tensor(float, [1], Float32Array.of(2)) },
    },
    {
      name: 'square',
      op: 'NFNetsElementwise',
      inputs: ['two'],
      attributes: {
        Tin: attribute.types([float]),
        Tout: attribute.types([float]),
        program: attribute.text('space 1 1 1\ninput full\nSquare i0\noutput r0 1'),
      },
    },
  ];
  let session: Session | undefined;
  try {
    session = new Session(real, encodeSavedModel(nodes));
    const [square] = session.run({ feeds: [], fetches: ['square'] }, []);
    const values = real.tensorDataSync(square!.id) as Float32Array;
    real.deleteTensor(square!.id);
    return values[0] === 4;
  } catch {
    return false;
  } finally {
    session?.dispose();
  }
}

/** Whether this processor computes with bfloat16; known on Linux alone, which says what its processor can do. */
function hasBfloat16Instructions(): boolean {
  try {
    const text = process.getBuiltinModule('node:fs').readFileSync('/proc/cpuinfo', 'utf8');
    return /^(flags|Features)\s*:.*\b(avx512_bf16|amx_bf16|bf16)\b/m.test(text);
  } catch {
    return false;
  }
}
