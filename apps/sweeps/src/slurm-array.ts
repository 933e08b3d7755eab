import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SweepError } from './sweep-error.js';

const run = promisify(execFile);

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

/** State of one task of an array, as `squeue` tells it. */
export interface TaskState {
  readonly name: string;
  readonly task: number;
  readonly state: string;
}

/** The lines of `squeue -o '%j %K %T'`: job name, task number, state. Pure. */
export function parseSqueue(text: string): TaskState[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name, task, state] = line.trim().split(/\s+/) as [string, string, string];
      return { name, task: Number(task), state };
    });
}

/** Runs one of Slurm's programs and returns what it prints; a `SweepError` with its own words where it fails. */
export async function slurm(program: string, ...args: string[]): Promise<string> {
  try {
    return (await run(program, args, { maxBuffer: 2 ** 28 })).stdout;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (String(code) === 'ENOENT') {
      throw new SweepError(
        `The slurm executor needs ${program}, which is not here: run nf-sweeps on a login node of the cluster.`,
      );
    }
    throw new SweepError(`${program} ${args.join(' ')}: ${stderr?.trim() || (error as Error).message}`);
  }
}

/** How many tasks an array of this cluster may have. */
export async function maxArraySize(): Promise<number> {
  const config = await slurm('scontrol', 'show', 'config');
  return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(config)?.[1] ?? 1001) || 1001;
}

/** The tasks of the arrays `names` that wait or run, or are suspended; not those that are being cleaned up. */
export async function liveTasks(names: readonly string[]): Promise<TaskState[]> {
  if (names.length === 0) return [];
  const text = await slurm('squeue', '--noheader', '--array', `--name=${names.join(',')}`, '--format=%j %K %T');
  return parseSqueue(text).filter(({ state }) => state !== 'COMPLETING');
}
