import { type RuntimeName, VERSIONS } from './install-runtime.js';

/** Something that users do, and where it works as in Node. */
export interface Claim {
  readonly what: string;
  /** One of `programs/` and its arguments, run on the packages as built; its figures must be those of Node. */
  readonly program: string;
  /** Why it does not work somewhere: the test fails when it does. */
  readonly except?: Partial<Record<RuntimeName, string>>;
}

export const CLAIMS: readonly Claim[] = [
  { what: 'training on WebAssembly with adaptive clipping', program: 'train.mjs wasm' },
  { what: 'threads of the WebAssembly kernels', program: 'threads.mjs' },
  { what: 'weight files and safetensors, written and read', program: 'files.mjs' },
  { what: 'the image loader and its workers', program: 'loader.mjs' },
  { what: 'image files, decoded by sharp in a worker', program: 'photos.mjs' },
  { what: 'native TensorFlow, a step as one graph call', program: 'train.mjs native' },
];

/** The claims as the README shows them. */
export function claimsTable(claims: readonly Claim[]): string {
  const names = Object.keys(VERSIONS) as RuntimeName[];
  const title = (name: RuntimeName) => `${name[0]!.toUpperCase()}${name.slice(1)} ${VERSIONS[name]}`;
  const rows = claims.map(({ what, except = {} }) => [what, ...names.map((name) => except[name] ?? 'yes')]);
  return [['', ...names.map(title)], ['---', ...names.map(() => '---')], ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}
