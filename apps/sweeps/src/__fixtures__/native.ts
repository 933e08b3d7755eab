import { useBackend } from '@nfnets/backends';

/** Why there is no native TensorFlow on this machine; undefined if there is one. */
export const missingNative: string | undefined = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
