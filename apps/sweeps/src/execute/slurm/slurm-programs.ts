import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SweepError } from '../../sweep-error.js';
import { chunks } from './array-script.js';

/** State of one task of an array, as `squeue` tells it. */
export interface TaskState {
  readonly name: string;
  readonly task: number;
  readonly state: string;
  /** Number of the array's job. */
  readonly array?: string;
  /** Why it does not run. */
  readonly reason?: string;
}

/** The lines of `squeue -o '%j %K %T %F %r'`: job name, task number, state, the array's number, the reason. Pure. */
export function parseSqueue(text: string): TaskState[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name, task, state, array, ...reason] = line.trim().split(/\s+/) as [string, string, string, ...string[]];
      return { name, task: Number(task), state, ...(array === undefined ? {} : { array, reason: reason.join(' ') }) };
    });
}

const run = promisify(execFile);

/** One of Slurm's programs is not on this machine. */
export class NoSlurmError extends SweepError {}

/** Where the cluster is and who asks; and what a site's users set once for all their jobs. */
const KEPT = /^(?:SLURM_(?:CONF|CONF_SERVER|JWT)|SBATCH_(?:ACCOUNT|PARTITION|QOS|RESERVATION|TIMELIMIT))$/;

/**
 * The environment for Slurm's programs: of `environment` all but the variables by which they would hide tasks, ask another
 * cluster, or change what is submitted. Those of a job that this process may run in are not those of its tasks either. Pure.
 */
function slurmEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOther = (name: string) =>
    /^(?:SLURM|SBATCH|SQUEUE|SCANCEL|SINFO|SALLOC|SRUN|SCONTROL)_/.test(name) && !KEPT.test(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOther(name)));
}

/** A program, and what ends it early. */
interface Call {
  readonly program: string;
  readonly signal?: AbortSignal;
}

/** Runs one of Slurm's programs and returns what it prints; a `SweepError` with its own words where it fails. */
export async function slurm(call: string | Call, ...args: string[]): Promise<string> {
  const { program, signal }: Call = typeof call === 'string' ? { program: call } : call;
  const options = { maxBuffer: 2 ** 28, env: slurmEnvironment(process.env), ...(signal && { signal }) };
  try {
    return (await run(program, args, options)).stdout;
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (String(code) === 'ENOENT') {
      throw new NoSlurmError(
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

/** Names in one call: a command line has an end. */
const NAMES = 500;

/** The tasks of the arrays `names` that wait or run, or are being cleaned up, after which they may wait again. */
export async function liveTasks(names: readonly string[]): Promise<TaskState[]> {
  const tasks: TaskState[] = [];
  for (const some of chunks(names, NAMES)) {
    const format = '--format=%j %K %T %F %r';
    tasks.push(
      ...parseSqueue(await slurm('squeue', '--noheader', '--array', '--all', `--name=${some.join(',')}`, format)),
    );
  }
  return tasks;
}
