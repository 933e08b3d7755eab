import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const tsx = pathToFileURL(require.resolve('tsx/esm')).href;

/** What makes node run our TypeScript. */
export const sourceFlags = ['--conditions=@nfnets/source', '--import', tsx];

/** `nf-sweeps` from source, as program and arguments. */
export const sourceCommand: [string, ...string[]] = [
  process.execPath,
  ...sourceFlags,
  fileURLToPath(new URL('../cli.ts', import.meta.url)),
];

/** Path of the trial module without tensors. */
export const fakeTrial = fileURLToPath(new URL('./fake-trial.mjs', import.meta.url));

/** Path of the trial module without tensors that resumes from checkpoints. */
export const resumingTrial = fileURLToPath(new URL('./resuming-trial.mjs', import.meta.url));

/** Path of the trial module that trains and sends itself a signal. */
export const signalledTrial = fileURLToPath(new URL('./signalled-trial.ts', import.meta.url));
