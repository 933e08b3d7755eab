/**
 * Imported for what it does: after it `require('@tensorflow/tfjs-node')` works on Node 20 to 26, where
 * `npx @nfnets/native-tensorflow` has prepared it. Where not, it says so in a line on stderr, ahead of tfjs-node's own error, which
 * names a command that fails.
 *
 * @module index
 */
import { isAbsolute, join } from 'node:path';
import { prepareProcess } from './process/prepare-process.js';
import { whyUnprepared } from './process/why-unprepared.js';

const warn = (text: string) => void process.stderr.write(`@nfnets/native-tensorflow: ${text}\n`);

if (typeof process.getBuiltinModule === 'function') {
  prepareProcess();
  // The program, the folder it runs in, and this package: whichever of them sees tfjs-node. After `node --eval` an argument is no program.
  const program = process.argv.slice(1, 2).filter((path) => isAbsolute(path));
  const origins = [...program, join(process.cwd(), 'package.json'), import.meta.url];
  const reason = whyUnprepared(origins);
  if (reason !== undefined) warn(reason);
} else {
  warn(
    `this needs Node 20.19 or later, does nothing on Node ${process.versions.node}, and tfjs-node may run there without.`,
  );
}
