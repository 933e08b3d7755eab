#!/usr/bin/env node
import { runCommand } from '@nfnets/native-tensorflow/command';

process.exitCode = await runCommand(process.argv.slice(2), {
  name: 'nfnets-native',
  // pnpm shows the tfjs-node of this package to nobody else.
  origins: [import.meta.url],
  meanwhile: "Meanwhile `useBackend('auto')` runs on wasm.",
});
