import { cpus } from 'node:os';
import type { BenchCase, BenchResult } from './bench-result.js';

/** The processor's model and the number of its cores. */
function describeMachine(): string {
  const cores = cpus();
  return `${cores[0]?.model.trim() ?? 'unknown processor'}, ${cores.length} cores`;
}

/** A result of this machine, now. */
export function resultOf(cases: readonly BenchCase[]): BenchResult {
  return { machine: describeMachine(), date: new Date().toISOString(), cases };
}
