import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compilerArguments } from './build-binding.js';

const BUILD = {
  folder: '/p',
  includes: ['/tf', '/napi'],
  sources: ['/p/binding/a.cc'],
  prelude: '/own/session-config.h',
  libraries: ['libtensorflow_cc.so.2'],
} as const;

it('makes a binding that looks for TensorFlow beside itself, wherever it lies', () => {
  const linux = compilerArguments({ ...BUILD, platform: 'linux' });
  expect(linux).toContain('-Wl,-rpath,$ORIGIN/../../deps/lib');
  expect(linux).toContain(join('/p', 'deps', 'lib', 'libtensorflow_cc.so.2'));
  expect(linux.slice(-2)).toEqual(['-o', join('/p', 'lib', 'napi-v8', 'tfjs_binding.node')]);
  const mac = compilerArguments({ ...BUILD, platform: 'darwin' });
  expect(mac).toContain('-Wl,-rpath,@loader_path/../../deps/lib');
  expect(mac).not.toContain('-shared');
});
