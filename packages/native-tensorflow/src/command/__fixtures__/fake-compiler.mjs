// Stands for c++: its binding names the libraries that it was linked with. FAKE_COMPILER says how it behaves.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const args = process.argv.slice(2);
const behaviour = process.env.FAKE_COMPILER ?? 'works';

const [headers, nodeHeaders] = args.filter((_, index) => args[index - 1] === '-I');
const missing = [
  join(headers, 'tensorflow/c/c_api.h'),
  join(headers, 'tensorflow/c/kernels.h'),
  join(headers, 'xla/tsl/c/tsl_status.h'),
  join(nodeHeaders, 'node_api.h'),
  args.find((arg) => arg.endsWith('/fused-elementwise.cc')) ?? 'fused-elementwise.cc',
].find((path) => !existsSync(path));
if (missing || behaviour === 'fails') {
  console.error(`tfjs_binding.cc:1:10: fatal error: ${basename(missing ?? 'string')}: No such file or directory`);
  process.exit(1);
}
if (behaviour === 'hangs') {
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || process.exit(1), 20);
} else {
  const libraries = args.filter((arg) => /\.so\.\d+$/.test(arg));
  const versions = libraries.map((path) => `${basename(path)} ${readFileSync(path, 'utf8')}`);
  writeFileSync(args[args.indexOf('-o') + 1], JSON.stringify(versions));
}
