import type { Engine } from '@nfnets/backends';
import type { EngineName } from './engine-names.js';

/** What a process that tried an engine found out. */
export type EngineProbe = WorkingEngine | MissingEngine;

export interface WorkingEngine {
  readonly engine: EngineName;
  readonly isAvailable: true;
  /** What runs: `engine` itself, or what `auto` settled on. */
  readonly chosen: Engine;
  /** What it runs on, and why nothing faster does. */
  readonly reason: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly threads?: number;
  /** Speed of a convolution, forward and backward; only if measured. */
  readonly gigaflops?: number;
}

interface MissingEngine {
  readonly engine: EngineName;
  readonly isAvailable: false;
  /** What it lacks, and what to do about it. */
  readonly reason: string;
}

/** Starts `engine` in this process and describes it; measures it too if asked to. */
export async function probeEngine(engine: EngineName, { measure }: { measure: boolean }): Promise<EngineProbe> {
  const { engineVersions, useBackend } = await import('@nfnets/backends');
  try {
    const { engine: chosen, reason, threads } = await useBackend(engine);
    const found = { chosen, reason, versions: engineVersions(), ...(threads === undefined ? {} : { threads }) };
    if (!measure) return { engine, isAvailable: true, ...found };
    const { measureConvolution } = await import('./measure-convolution.js');
    return { engine, isAvailable: true, ...found, gigaflops: await measureConvolution() };
  } catch (error) {
    const { message } = error as Error;
    return { engine, isAvailable: false, reason: message.replace(/^useBackend: `[\w-]+` does not work here\. /, '') };
  }
}
