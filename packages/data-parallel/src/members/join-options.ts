import { aBoolean, anything, checkOptions, integerFrom, type OptionRules, rule, show } from '@nfnets/options';
import { isLoopback, type Member, parseAddress } from './member.js';
import { slurmPlace } from './slurm.js';

/** Options of `joinGroup`. */
export interface JoinOptions {
  /**
   * Addresses of all processes, `host:port`, in the same order for all. The processes meet at the first; TensorFlow's servers listen at the
   * others. Default `NFNETS_HOSTS`, separated by commas; else what Slurm says of a step of several tasks; else a group of one.
   */
  readonly hosts?: readonly string[];
  /** Which of `hosts` this process is, from 0. Default `NFNETS_INDEX`, else an Indexed Job's or Slurm's number. */
  readonly index?: number;
  /**
   * Whether the group may span machines. TensorFlow's servers ask nobody who they are, and whoever reaches one of their ports can run any
   * graph in the process, which reads and writes its user's files. Read the README before. Default false: loopback addresses alone.
   */
  readonly trustNetwork?: boolean;
  /** After how long without a sign of life a process is given up, by all others. Default 30. */
  readonly timeoutSeconds?: number;
  /** How long to wait for the others to come. Default 120. */
  readonly joinSeconds?: number;
  /** Threads among which TensorFlow splits an op. Default the cores of this machine, shared among the processes that `hosts` has on it. */
  readonly threads?: number;
}

const seconds = rule(
  'a number of seconds from 1',
  (value) => Number.isFinite(value) && (value as number) >= 1,
  'number',
);
const RULES: OptionRules<JoinOptions> = {
  hosts: anything,
  index: anything,
  trustNetwork: aBoolean,
  timeoutSeconds: seconds,
  joinSeconds: seconds,
  threads: integerFrom(1),
};

/** What a process joins with: options, checked, with what was left out. */
export interface JoinSettings {
  readonly members: readonly Member[];
  readonly index: number;
  readonly timeoutSeconds: number;
  readonly joinSeconds: number;
  readonly threads: number;
}

/**
 * Checks the options of `joinGroup`, and completes them from the environment.
 *
 * @param cores of this machine
 * @throws TypeError or RangeError for what does not fit
 */
export function joinSettings(
  options: JoinOptions,
  environment: Readonly<Record<string, string | undefined>>,
  cores: number,
): JoinSettings {
  checkOptions<JoinOptions>('joinGroup', options, RULES);
  const { trustNetwork = false, timeoutSeconds = 30, joinSeconds = 120 } = options;
  const { hosts, index } = place(options, environment);
  const members = membersOf(hosts);
  if (!Number.isInteger(index) || index < 0 || index >= members.length) {
    throw new RangeError(
      `joinGroup: \`index\` must be a whole number in [0, ${members.length}), one for each of \`hosts\`, got ${show(index)}.`,
    );
  }
  const far = members.find(({ host }) => !isLoopback(host));
  if (far && members.length > 1 && !trustNetwork) {
    throw new RangeError(
      `joinGroup: \`hosts\` must be loopback addresses such as 127.0.0.1:4001, got ${far.address}. Whoever reaches a port of TensorFlow's server controls its process. On a network that is closed to all others, pass trustNetwork: true; the README says what that means.`,
    );
  }
  const here = members.filter(({ host }) => host === members[index]!.host || (isLoopback(host) && !far)).length;
  const threads = options.threads ?? Math.max(1, Math.floor(cores / here));
  return { members, index, timeoutSeconds, joinSeconds, threads };
}

function place(
  { hosts, index }: JoinOptions,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly hosts: readonly string[]; readonly index: number } {
  const { NFNETS_HOSTS, NFNETS_INDEX } = environment;
  if (hosts === undefined && index !== undefined) {
    throw new TypeError('joinGroup: `index` is given without `hosts`. Pass both, or neither.');
  }
  if (hosts !== undefined) {
    if (!Array.isArray(hosts) || hosts.length === 0) {
      throw new TypeError(
        `joinGroup: \`hosts\` must be an array of addresses such as '127.0.0.1:4001', got ${show(hosts)}.`,
      );
    }
    if (index === undefined && hosts.length > 1) {
      throw new TypeError('joinGroup: `index` must say which of `hosts` this process is, from 0.');
    }
    return { hosts, index: index ?? 0 };
  }
  const slurm = slurmPlace(environment);
  if (!NFNETS_HOSTS?.trim()) return slurm ?? { hosts: ['localhost:1'], index: 0 };
  const number = NFNETS_INDEX?.trim() || environment['JOB_COMPLETION_INDEX'] || environment['SLURM_PROCID'];
  if (!number) {
    throw new TypeError(
      'joinGroup: NFNETS_INDEX must say which of NFNETS_HOSTS this process is, from 0, and is not set.',
    );
  }
  return { hosts: NFNETS_HOSTS.split(',').map((address) => address.trim()), index: Number(number) };
}

function membersOf(hosts: readonly string[]): Member[] {
  const members = hosts.map((address, index) => {
    const parsed = parseAddress(address);
    if (parsed) return { index, address, ...parsed };
    throw new RangeError(
      `joinGroup: \`hosts[${index}]\` must be an address with a port, such as '127.0.0.1:4001', got ${show(address)}.`,
    );
  });
  const twice = members.find(({ address, index }) => hosts.indexOf(address) !== index);
  if (!twice) return members;
  throw new RangeError(`joinGroup: \`hosts\` must differ, got ${twice.address} twice.`);
}
