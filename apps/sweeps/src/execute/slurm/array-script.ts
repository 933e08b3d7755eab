/** What the script of an array is made from. */
export interface ArrayScript {
  /** File whose line n + 1 is the folder of task n's trial. */
  readonly manifest: string;
  /** Program and arguments before `run-trial`. */
  readonly command: readonly string[];
  readonly engine: string;
  readonly trialModule?: string;
  /** Tasks of a trial. */
  readonly workers?: number;
  readonly trustNetwork?: boolean;
}

/**
 * The batch script of a job array, one task per trial. Pure.
 *
 * The shell is replaced by the trial's process, so that Slurm's warning of the time limit (`B:` is the batch shell alone)
 * reaches it, two minutes before the end. Of several tasks `srun` passes it on to all.
 */
export function arrayScript({
  manifest,
  command,
  engine,
  trialModule,
  workers = 1,
  trustNetwork,
}: ArrayScript): string {
  const call = [...command, 'run-trial'].map(quote).join(' ');
  const together = workers > 1 ? ` --workers ${workers}${trustNetwork ? ' --trust-network' : ''}` : '';
  const module = trialModule ? ` --trial-module ${quote(trialModule)}` : '';
  return `#!/bin/sh
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
dir=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${quote(manifest)})
threads=\${SLURM_CPUS_PER_TASK:-\${SLURM_CPUS_ON_NODE:-1}}
export OMP_NUM_THREADS="$threads" TF_NUM_INTRAOP_THREADS="$threads" TF_NUM_INTEROP_THREADS=1
exec >> "$dir/log.txt" 2>&1
${workers > 1 ? placeOfWorkers(workers) : ''}exec ${workers > 1 ? srun(workers) : ''}${call} "$dir" --engine ${engine} --threads "$threads"${module}${together}
`;
}

/**
 * Where the tasks of a trial meet: at the addresses by which Slurm reaches their nodes, on ports that follow from the job's number, so
 * that trials on one node have others.
 */
const placeOfWorkers = (workers: number) => `threads=\${SLURM_CPUS_PER_TASK:-1}
address() { scontrol show node --oneliner "$1" | sed 's/.* NodeAddr=\\([^ ]*\\).*/\\1/'; }
nodes=$(for node in $(scontrol show hostnames "$SLURM_JOB_NODELIST"); do address "$node"; done | paste -s -d , -)
export NFNETS_NODES="$nodes" NFNETS_PORT=$((10000 + SLURM_JOB_ID * ${workers} % 20000))
`;

/** The others end by themselves when one does, within half a minute; what was on a node that is gone never says so. */
const srun = (workers: number) =>
  `srun --ntasks=${workers} --cpus-per-task="$threads" --kill-on-bad-exit=0 --wait=45 --input=none `;

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
