import { useBackend } from '@nfnets/backends';
import { expect, it } from 'vitest';
import { sourceCommand } from '../__fixtures__/source-command.js';
import { assertEngineWorks } from './assert-engine-works.js';
import { ALWAYS_THERE } from './engine-names.js';

it('lets engines pass that come with the package', async () => {
  for (const engine of ALWAYS_THERE) await expect(assertEngineWorks(engine)).resolves.toBeUndefined();
});

it('says what to install for a native engine that is not there, and passes one that is', async () => {
  const isThere = await useBackend('native').then(
    () => true,
    () => false,
  );
  const check = assertEngineWorks('native', sourceCommand);
  if (isThere) await expect(check).resolves.toBeUndefined();
  else
    await expect(check).rejects.toThrow(/^engine: native does not work here\. .*npx nfnets-native.*\n.*--engine auto/);
});
