import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Megabytes that a process holds in memory: now, and at most since it began or since `forgetPeak`. */
export interface ResidentMemory {
  readonly now: number;
  readonly peak: number;
}

/** Reads the memory of a process. @throws Error where the system has no `/proc` */
export function residentMemory(pid: number): ResidentMemory {
  if (!existsSync(`/proc/${pid}/status`)) {
    throw new Error('memory: the memory of another process is read from /proc, which only Linux has.');
  }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]) / 1e3;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** Lets the peak of a process begin anew. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
