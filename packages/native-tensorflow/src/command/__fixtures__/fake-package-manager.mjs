// Stands for npm, pnpm, yarn and bun. FAKE_NPM says how it behaves; FAKE_REGISTRY holds the packages that it can install.
import { appendFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const args = process.argv.slice(2);
const behaviour = process.env.FAKE_NPM ?? 'works';
const wanted = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies ?? {});
const names = [...wanted, ...args.filter((arg) => arg.startsWith('@tensorflow/')).map((arg) => arg.replace(/(?<=.)@.*/, ''))];

appendFileSync('installed.txt', `${[basename(process.env.FAKE_PROGRAM), ...args].join(' ')}\n`);
if (behaviour === 'offline') {
  console.error('npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error errno ENOTFOUND\nnpm error network This is a problem');
  process.exit(1);
}
if (behaviour === 'hangs') {
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || process.exit(1), 20);
} else if (behaviour === 'works') {
  for (const name of names) {
    mkdirSync(join('node_modules', name), { recursive: true });
    cpSync(join(process.env.FAKE_REGISTRY, name), join('node_modules', name), { recursive: true });
  }
}
