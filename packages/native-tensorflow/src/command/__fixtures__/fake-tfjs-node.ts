/** Files of a package that looks like tfjs-node, and multiplies where its binding goes with its libraries. */
export const FAKE_TFJS_NODE: Readonly<Record<string, string>> = {
  'binding.gyp': '{}',
  'binding/tfjs_binding.cc': '#include <node_api.h>\n#include "tensorflow/c/c_api.h"\n',
  'dist/index.js': `
    const { readFileSync } = require('node:fs');
    const { join } = require('node:path');
    const read = (path) => readFileSync(join(__dirname, '..', path), 'utf8');
    const libraries = JSON.parse(read('lib/napi-v8/tfjs_binding.node'));
    for (const library of libraries) {
      const [name, version] = library.split(' ');
      if (read('deps/lib/' + name) !== version) throw new Error(name + ' is not the one of the binding');
    }
    const [, TF_Version] = libraries[0].split(' ');
    if (TF_Version === 'SIGILL') process.kill(process.pid, 'SIGILL');
    if (process.env.FAKE_LOAD === 'hangs' && __dirname.includes('.native-tensorflow')) {
      const { ppid } = process;
      while (process.ppid === ppid) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    if (!require('node:util').isNullOrUndefined(null)) throw new Error('this Node lacks isNullOrUndefined');
    const product = (a, b) => a.flatMap((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
    exports.matMul = (a, b) => ({ dataSync: () => Float32Array.from(product(a, b)) });
    exports.backend = () => ({ isUsingGpuDevice: libraries.length > 2, binding: { TF_Version } });
  `,
  'scripts/install.js': `
    const { mkdirSync, writeFileSync } = require('node:fs');
    if (process.env.FAKE_TFJS !== 'works') throw new Error('getaddrinfo ENOTFOUND downloads.example');
    mkdirSync('deps/lib', { recursive: true });
    mkdirSync('lib/napi-v8', { recursive: true });
    writeFileSync('deps/lib/libtensorflow.so', '2.9.1');
    writeFileSync('lib/napi-v8/tfjs_binding.node', '["libtensorflow.so 2.9.1"]');
  `,
};
