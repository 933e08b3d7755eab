// Preloaded into a process: its call number NTH of `fs.promises.NAME` ends in EFFECT, by FAULT=NAME:NTH:EFFECT.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [name, nth, effect] = process.env.FAULT.split(':');
const real = fs[name];
let calls = 0;
fs[name] = async (...args) => {
  calls += 1;
  if (calls !== Number(nth)) return real(...args);
  if (effect === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {});
  }
  if (effect === 'small') return { bavail: 1, bsize: 4096 };
  throw Object.assign(new Error(`${effect}: ${name} '${args[0]}'`), { code: effect, syscall: name, path: args[0] });
};
syncBuiltinESMExports();
