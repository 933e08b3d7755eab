import { TensorFileError } from '@nfnets/safetensors';

interface NodeModules {
  'node:crypto': typeof import('node:crypto');
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:url': typeof import('node:url');
}

/** A module of Node, without an import that a bundler for browsers would stumble over. */
export function nodeModule<Name extends keyof NodeModules>(name: Name, purpose: string): NodeModules[Name] {
  const found = globalThis.process?.getBuiltinModule?.(name);
  if (found === undefined) {
    throw new TensorFileError(`Only Node ${purpose}: in a browser, pass the bytes, a Blob or a File.`);
  }
  return found as NodeModules[Name];
}
