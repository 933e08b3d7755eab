import type { Host } from '../machine/host.js';

/** What pip is asked for on one kind of machine, and what the wheel holds. */
export interface WheelTarget {
  readonly requirement: string;
  /** Names in the wheel's folder `tensorflow`; the binding is linked with each. */
  readonly libraries: readonly string[];
  readonly downloadBytes: number;
  readonly installedBytes: number;
  /** Whether the two figures above are measured (TensorFlow 2.21.0), or a guess. */
  readonly isMeasured: boolean;
}

const LINUX = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const MAC = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'];

/** Below 3, as the names of the libraries hold the major version. `tensorflow` has no CUDA but on Linux x86_64. */
const WHEEL_TARGETS: Readonly<Record<string, WheelTarget>> = {
  'linux-x64': {
    requirement: 'tensorflow-cpu<3',
    libraries: LINUX,
    downloadBytes: 274e6,
    installedBytes: 854e6,
    isMeasured: true,
  },
  'linux-arm64': {
    requirement: 'tensorflow<3',
    libraries: LINUX,
    downloadBytes: 270e6,
    installedBytes: 900e6,
    isMeasured: false,
  },
  'darwin-arm64': {
    requirement: 'tensorflow<3',
    libraries: MAC,
    downloadBytes: 230e6,
    installedBytes: 800e6,
    isMeasured: false,
  },
  'linux-x64-gpu': {
    requirement: 'tensorflow<3',
    libraries: LINUX,
    downloadBytes: 3.2e9,
    installedBytes: 6e9,
    isMeasured: false,
  },
};

/**
 * Names of the CUDA libraries, without version, that TensorFlow opens when it looks for a GPU, and those that they need.
 * They come from NVIDIA's wheels, which pip finds by the extra `and-cuda` of the wheel `tensorflow`.
 */
export const CUDA_LIBRARIES: readonly string[] = [
  'libcudart',
  'libcublas',
  'libcublasLt',
  'libcudnn',
  'libcufft',
  'libcupti',
  'libcurand',
  'libcusolver',
  'libcusparse',
  'libnccl',
  'libnvJitLink',
  'libnvrtc',
];

/** The wheel for `host`, or why there is none. */
export function wheelTarget({ platform, arch, glibc }: Host, gpu: boolean): WheelTarget | string {
  const key = `${platform}-${arch}`;
  const target = WHEEL_TARGETS[gpu ? `${key}-gpu` : key];
  if (target === undefined) {
    const known = gpu ? 'Linux x86_64' : 'Linux (x86_64, aarch64) and macOS (arm64)';
    return `this way exists for ${known}${gpu ? ' with an NVIDIA card' : ''}, not for ${key}`;
  }
  if (platform === 'linux' && glibc === undefined) return 'TensorFlow needs glibc, which this Linux does not have';
  return target;
}
