import { createHash } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';

/** What a wheel made for a test holds. */
export interface MadeWheel {
  readonly name: string;
  readonly version: string;
  /** The platform of its tag, this machine's by default. */
  readonly platform?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Lines for its METADATA. */
  readonly requirements?: readonly string[];
  /** A file whose content is not the one that RECORD tells of. */
  readonly tampered?: string;
}

/** The platform in the tag of a wheel that runs on this machine. */
export const OWN_PLATFORM = `manylinux_2_5_${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

/** Files of a TensorFlow wheel, as far as a binding needs them: libraries that hold nothing but `version`, and headers. */
export function tensorflowFiles(version: string): Record<string, string> {
  return {
    'tensorflow/libtensorflow_cc.so.2': version,
    'tensorflow/libtensorflow_framework.so.2': version,
    'tensorflow/include/tensorflow/c/c_api.h': '#include "xla/tsl/c/tsl_status.h"\n#include <cstdint>\n',
    'tensorflow/include/xla/tsl/c/tsl_status.h': '#include "tensorflow/c/c_api.h"\n',
    'tensorflow/include/tensorflow/c/kernels.h': '#include "tensorflow/c/c_api.h"\n',
    'tensorflow/include/Eigen/Core': 'left alone',
  };
}

/** The file name and the bytes of a wheel. */
export function makeWheel({ name, version, platform = OWN_PLATFORM, files, requirements = [], tampered }: MadeWheel) {
  const info = `${name}-${version}.dist-info`;
  const contents: Record<string, string> = {
    ...(files ?? tensorflowFiles(version)),
    [`${info}/METADATA`]: ['Metadata-Version: 2.4', `Name: ${name}`, `Version: ${version}`, ...requirements, '', 'Text'].join('\n'),
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nTag: cp312-cp312-${platform}\n`,
  };
  const record = Object.entries(contents).map(
    ([path, text]) => `${path},sha256=${createHash('sha256').update(text).digest('base64url')},${text.length}`,
  );
  contents[`${info}/RECORD`] = [...record, `${info}/RECORD,,`].join('\n');
  if (tampered) contents[tampered] = 'something else';
  const bytes = zipSync(Object.fromEntries(Object.entries(contents).map(([path, text]) => [path, strToU8(text)])));
  return { fileName: `${name}-${version}-cp312-cp312-${platform}.whl`, bytes };
}
