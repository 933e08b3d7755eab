// A sweep from code: two clip factors, one batch size, every trial in a process of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSweepConfig, localExecutor, planTrials, renderReport, runSweep, summarize } from '@nfnets/sweeps';
