import { runNativeCommand } from './native-command.js';

// Not `process.exit`: what is still in the pipes of stdout and stderr must go out first.
process.exitCode = await runNativeCommand(process.argv.slice(2));
