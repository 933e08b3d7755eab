// Runs every numbered example in order, and fails if one fails.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const folder = new URL('.', import.meta.url);
const examples = readdirSync(folder)
  .filter((name) => /^\d\d-.*\.ts$/.test(name))
  .sort();
const failed = [];
for (const example of examples) {
  console.log(`\n--- ${example}`);
  const { status } = spawnSync('tsx', ['--conditions=@nfnets/source', example], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) failed.push(example);
}
console.log(`\n${examples.length - failed.length} of ${examples.length} examples ran.`);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exit(1);
}
