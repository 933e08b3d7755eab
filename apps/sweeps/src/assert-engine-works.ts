import { SweepError } from './sweep-error.js';

/**
 * Throws a `SweepError` when `engine` is one that has to be installed and is not: once, instead of in every trial.
 */
export async function assertEngineWorks(engine: string): Promise<void> {
  // The others come with the package, and loading one costs this process half a second.
  if (engine !== 'native') return;
  const { useBackend } = await import('@nfnets/backends');
  try {
    await useBackend(engine);
  } catch (error) {
    throw new SweepError(`engine: ${(error as Error).message}\nOr choose another: --engine wasm.`);
  }
}
