#!/usr/bin/env node
import { runCommand } from '../dist/command/index.js';

// Not `process.exit`: what is still in the pipes of stdout and stderr must go out first.
process.exitCode = await runCommand(process.argv.slice(2), {
  name: 'native-tensorflow',
  next:
    'In your program: import "@nfnets/native-tensorflow" before tfjs-node (`npm install @nfnets/native-tensorflow`), ' +
    'or start it with `node --import @nfnets/native-tensorflow`.',
});
