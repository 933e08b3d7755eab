// A sweep from code: two clip factors at one batch size, every trial in a process of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSweepConfig, planTrials, runSweep } from '@nfnets/sweeps';

const folder = mkdtempSync(join(tmpdir(), 'nfnets-sweep-'));
const file = join(folder, 'tiny.yaml');
writeFileSync(
  file,
  `
name: tiny
engine: wasm
parallel: 2
trial:
  model: nfnet_digits
  dataset: { name: mnist, train: 1024, test: 500 }
  epochs: 2
  learningRate: { base: 0.2, per: 256 }
  warmupEpochs: 0.5
axes:
  clipFactor: [off, 0.16]
  batchSize: [64]
`,
);

try {
  const config = await loadSweepConfig(file);
  for (const { id, config: trial, derived } of planTrials(config)) {
    console.log(
      `${id}: clip factor ${trial.clipFactor}, learning rate ${derived.learningRate}, ${derived.steps} steps`,
    );
  }

  const dir = join(folder, 'run');
  const summary = await runSweep(config, {
    dir,
    onEvent: (event) => {
      if (event.type === 'start' || event.type === 'end') console.log(event.type, event.id);
    },
  });
  for (const { id, status, metrics } of summary.trials) console.log(id, status, metrics);

  // Running it again computes nothing: the trials are in the folder.
  let started = 0;
  await runSweep(config, {
    dir,
    onEvent: ({ type }) => {
      if (type === 'start') started++;
    },
  });
  console.log(`second run: ${started} trials started`);
  if (started > 0 || summary.trials.some(({ status }) => status !== 'done')) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
