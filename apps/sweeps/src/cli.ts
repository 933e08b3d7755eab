import { runCommandLine } from './commands/index.js';

// Not `process.exit` alone: what is still in the pipes of stdout and stderr must go out first.
process.exitCode = await runCommandLine(process.argv.slice(2));
