import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NETS, type NetName } from '../nets/nets.js';
import type { TrainingSetup } from './training-setup.js';
import { writeNet } from './write-net.js';

/** Calls `use` with a setup whose weights and images lie in a temporary folder, and removes that. */
export async function withNet<T>(
  net: NetName,
  batch: number,
  use: (setup: TrainingSetup) => Promise<T>,
  side?: number,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'nfnets-bench-'));
  try {
    await writeNet(net, batch, folder, side);
    return await use({ net, folder, clipFactor: 0.01, optimizer: NETS[net].optimizer });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
