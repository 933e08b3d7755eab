// Stands for python3 with pip. FAKE_PIP says how it behaves; FAKE_WHEELS holds the wheels of its index.
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const behaviour = process.env.FAKE_PIP ?? 'works';
const fail = (...lines) => {
  console.error(lines.join('\n'));
  process.exit(1);
};

const destination = args.find((arg) => arg.startsWith('--dest=')).slice('--dest='.length);
const wanted = args.filter((arg) => !arg.startsWith('-')).slice(2);

if (behaviour === 'offline') {
  fail(
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('[Errno -2] Name or service not known')'",
    'ERROR: No matching distribution found for tensorflow-cpu',
  );
}
if (behaviour === 'new python' && !args.includes('--python-version=3.12')) {
  fail('ERROR: No matching distribution found for tensorflow-cpu');
}
if (behaviour === 'full disk') fail("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device");
if (behaviour === 'broken') fail('Traceback (most recent call last):', 'ModuleNotFoundError: No module named distutils');
if (behaviour === 'hangs') {
  console.log('  Downloading tensorflow_cpu-2.99.0.whl (273.8 MB)');
  // Until whoever started it is gone.
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || process.exit(1), 20);
} else {
  for (const name of readdirSync(process.env.FAKE_WHEELS)) {
    if (!wanted.some((requirement) => name.startsWith(`${requirement.replace(/[<>=].*/, '').replaceAll('-', '_')}-`))) continue;
    console.log(`Processing ${join(process.env.FAKE_WHEELS, name)}`);
    copyFileSync(join(process.env.FAKE_WHEELS, name), join(destination, name));
  }
}
