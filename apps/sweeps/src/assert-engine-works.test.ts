import { useBackend } from '@nfnets/backends';
import { expect, it } from 'vitest';
import { assertEngineWorks } from './assert-engine-works.js';

it('lets engines pass that come with the package', async () => {
  for (const engine of ['auto', 'wasm', 'cpu']) await expect(assertEngineWorks(engine)).resolves.toBeUndefined();
});

it('says what to install for a native engine that is not there, and passes one that is', async () => {
  const isThere = await useBackend('native').then(
    () => true,
    () => false,
  );
  const check = assertEngineWorks('native');
  if (isThere) await expect(check).resolves.toBeUndefined();
  else
    await expect(check).rejects.toThrow(
      /^engine: useBackend: `native` does not work here.*npm install.*\n.*--engine wasm/,
    );
});
