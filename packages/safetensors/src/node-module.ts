import { TensorFileError } from './tensor-file-error.js';

interface NodeModules {
  'node:fs/promises': typeof import('node:fs/promises');
}

/** A module of Node, without an import that a bundler for browsers would stumble over. */
export function nodeModule<Name extends keyof NodeModules>(name: Name, purpose: string): NodeModules[Name] {
  const found = globalThis.process?.getBuiltinModule?.(name);
  if (found === undefined) {
    throw new TensorFileError(`Only Node ${purpose}: in a browser, pass the bytes, a Blob, a File or a stream.`);
  }
  return found as NodeModules[Name];
}
