/** What the script of an array is made from. */
export interface ArrayScript {
  /** File whose line n + 1 is the folder of task n's trial. */
  readonly manifest: string;
  /** Program and arguments before `run-trial`. */
  readonly command: readonly string[];
  readonly engine: string;
  readonly trialModule?: string;
}

/**
 * The batch script of a job array, one task per trial. Pure.
 *
 * The shell is replaced by the trial's process, so that Slurm's warning of the time limit (`B:` is the batch shell alone)
 * reaches it, two minutes before the end.
 */
export function arrayScript({ manifest, command, engine, trialModule }: ArrayScript): string {
  const call = [...command, 'run-trial'].map(quote).join(' ');
  const module = trialModule ? ` --trial-module ${quote(trialModule)}` : '';
  return `#!/bin/sh
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
dir=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${quote(manifest)})
threads=\${SLURM_CPUS_PER_TASK:-\${SLURM_CPUS_ON_NODE:-1}}
export OMP_NUM_THREADS="$threads" TF_NUM_INTRAOP_THREADS="$threads" TF_NUM_INTEROP_THREADS=1
exec >> "$dir/log.txt" 2>&1
exec ${call} "$dir" --engine ${engine} --threads "$threads"${module}
`;
}

/** `text` as one word of a shell. */
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Task numbers 0 to `count` - 1 as `sbatch` takes them, at most `parallel` at a time. */
export const arrayRange = (count: number, parallel: number) => `0-${count - 1}%${parallel}`;

/** `list` in pieces of at most `size`. */
export function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

/** A path as `--output` takes it, where `%` begins a replacement. Pure. */
export const outputPath = (path: string) => path.replaceAll('%', '%%');
