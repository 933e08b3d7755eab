// A sweep of a function of one's own, without a network: plan, run, report, and the verdict on a difference.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'nfnets-own-trial-'));
const config = join(folder, 'own.yaml');
const run = join(folder, 'run');
writeFileSync(
  config,
  `
name: own
parallel: 2
trialModule: ${fileURLToPath(new URL('./noisy-function.ts', import.meta.url))}
# Its parameters: what all trials have, and what is swept.
trial: { depth: 3 }
axes:
  temperature: [0.2, 0.7]
  depth: [2, 3]
seeds: 3
order: coarse-to-fine
`,
);

// In a project that has installed it this is `npx nf-sweeps`.
const program = fileURLToPath(import.meta.resolve('@nfnets/sweeps')).replace(/index\.(ts|js)$/, 'cli.$1');
function nfSweeps(...words: string[]): number | null {
  console.log(`\n$ nf-sweeps ${words.join(' ')}`);
  return spawnSync(process.execPath, [...process.execArgv, program, ...words], { stdio: 'inherit' }).status;
}

try {
  const codes = [
    nfSweeps('plan', config, '--out', run),
    nfSweeps('run', config, '--out', run),
    nfSweeps('report', run),
    // 0.9 - 0.4 * 0.5 ** 2 is 0.8: ten points less, which three seeds tell from a noise of 0.3.
    nfSweeps('verdict', run, '--between', 'temperature=0.2', 'temperature=0.7'),
  ];
  const isReported = existsSync(join(run, 'report.html'));
  console.log(`\nexit codes ${codes.join(', ')}`);
  // 0 is keep.
  if (codes.some((code) => code !== 0) || !isReported) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
