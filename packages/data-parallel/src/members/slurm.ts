/** Port of a Slurm step's first process, of whose others each has the next, where `NFNETS_PORT` says no other. */
const FIRST_PORT = 4001;

type Environment = Readonly<Record<string, string | undefined>>;

/** Addresses and number of a process that `srun` started, as Slurm's variables say, and `NFNETS_NODES` where its nodes are called otherwise; undefined where it was not, or is alone. */
export function slurmPlace(
  environment: Environment,
): { readonly hosts: readonly string[]; readonly index: number } | undefined {
  const { SLURM_PROCID, SLURM_STEP_NODELIST, SLURM_STEP_TASKS_PER_NODE, NFNETS_PORT, NFNETS_NODES } = environment;
  if (SLURM_PROCID === undefined || !SLURM_STEP_NODELIST || !SLURM_STEP_TASKS_PER_NODE) return undefined;
  const names = expandNodes(SLURM_STEP_NODELIST);
  const nodes = NFNETS_NODES?.split(',') ?? names;
  const tasks = expandCounts(SLURM_STEP_TASKS_PER_NODE);
  const first = Number(NFNETS_PORT ?? FIRST_PORT);
  // Of one node they are all on this machine.
  const places = names.flatMap((_, i) =>
    Array.from({ length: tasks[i] ?? 0 }, () => (names.length === 1 ? '127.0.0.1' : nodes[i])),
  );
  const hosts = places.map((node, rank) => `${node}:${first + rank}`);
  return hosts.length > 1 ? { hosts, index: Number(SLURM_PROCID) } : undefined;
}

/** Names of `node[01-03,07],gpu1`. */
export function expandNodes(list: string): string[] {
  const names = list.match(/[^,[\]]+(?:\[[^\]]*\][^,[\]]*)*/g) ?? [];
  return names.flatMap(expandName);
}

function expandName(name: string): string[] {
  const match = name.match(/^([^[]*)\[([^\]]*)\](.*)$/);
  if (!match) return [name];
  const [, before, ranges, after] = match as unknown as [string, string, string, string];
  const numbers = ranges.split(',').flatMap((range) => {
    const [low, high = low] = range.split('-') as [string, string?];
    const count = Number(high) - Number(low) + 1;
    return Array.from({ length: count }, (_, i) => String(Number(low) + i).padStart(low.length, '0'));
  });
  return numbers.flatMap((number) => expandName(`${before}${number}${after}`));
}

/** Numbers of `2(x3),1`: 2, 2, 2, 1. */
export function expandCounts(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, count, times = '1'] = part.match(/^(\d+)(?:\(x(\d+)\))?$/) ?? [];
    return Array.from({ length: Number(times) }, () => Number(count));
  });
}
