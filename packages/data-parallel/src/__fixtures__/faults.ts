import { existsSync, readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Network } from './network.js';
import { type Started, start } from './processes.js';
import type { TaskName, TrainedResult, TrainedRun } from './trained-run.js';

/** What befalls a process: it is killed, interrupted or stopped, its host's plug is pulled, or nothing that it or two send arrives. */
export type FaultKind = 'kill' | 'interrupt' | 'stop' | 'plug' | 'drop' | 'pair';

export interface Fault {
  readonly kind: FaultKind;
  /** Processes of the group that it befalls. */
  readonly size: number;
  /** The process; of `pair` it is 1, and 2 the other. */
  readonly index: number;
  /** The step after which it happens. */
  readonly at: number;
}

/** How a fault ended. */
export interface FaultEnd {
  /** Seconds until all others had ended. */
  readonly seconds: number;
  /** Where the next start has to go on. */
  readonly saved: number;
  /** What was not as it should be. */
  readonly problems: readonly string[];
}

const PORT = 4001;
export const TIMEOUT = 5;

/** A run on a network: its checkpoints are in `task.checkpoint`. */
export interface FaultyRun {
  readonly network: Network;
  readonly task: TaskName & { readonly checkpoint: string };
}

/** Starts the run with so many processes, each on a host of its own. */
function begin({ network, task }: FaultyRun, size: number): { hosts: string[]; members: Started[] } {
  const hosts = network.hosts.slice(0, size).map(({ address }) => `${address}:${PORT}`);
  const members = hosts.map((_, index) =>
    start(
      'trained-run.ts',
      { hosts, index, tasks: [task], timeoutSeconds: TIMEOUT, trustNetwork: true } satisfies TrainedRun,
      network.hosts[index]!.prefix,
    ),
  );
  return { hosts, members };
}

/** Starts the run, has `fault` happen to it, and looks how all others end. */
export async function suffer(run: FaultyRun, { kind, size, index, at }: Fault): Promise<FaultEnd> {
  const { network } = run;
  const { hosts, members } = begin(run, size);
  const problems: string[] = [];
  const others = members.filter((_, i) => i !== index || kind === 'plug' || kind === 'drop' || kind === 'pair');
  try {
    await Promise.race([
      Promise.all(members.map((member) => member.line(({ step }) => Number(step) >= at))),
      ...members.map(async ({ ended, complaint }) => {
        throw new Error(`A process ended too early, with ${JSON.stringify(await ended)}: ${complaint()}`);
      }),
    ]);
    await setTimeout(60 * Math.random());
    const since = performance.now();
    const { child } = members[index]!;
    const rest = hosts.map((_, i) => i).filter((i) => i !== index);
    if (kind === 'kill') child.kill('SIGKILL');
    if (kind === 'interrupt') child.kill('SIGINT');
    if (kind === 'stop') child.kill('SIGSTOP');
    if (kind === 'plug') network.plug(index, false);
    if (kind === 'drop') for (const other of rest) network.cut(index, other);
    if (kind === 'pair') network.cut(1, 2);
    const limit = setTimeout(4 * TIMEOUT * 1000, 'late' as const);
    const ends = await Promise.race([Promise.all(others.map(({ ended }) => ended)), limit]);
    const seconds = (performance.now() - since) / 1000;
    if (ends === 'late') problems.push(`not all ended within ${4 * TIMEOUT} s`);
    const name = (i: number) => `process ${i} (${hosts[i]})`;
    for (const member of others) {
      const { failure } = (member.lines.at(-1) ?? {}) as Partial<TrainedResult>;
      const own = members.indexOf(member);
      if (!expected(kind, index, own, name).some((text) => failure?.includes(text))) {
        problems.push(`${name(own)} says: ${failure ?? member.complaint()}`);
      }
    }
    // One that stood still finds out that it is alone.
    if (kind === 'stop') {
      child.kill('SIGCONT');
      const end = await Promise.race([members[index]!.ended, setTimeout(4 * TIMEOUT * 1000, 'late' as const)]);
      if (end === 'late') problems.push('the process that had stood still goes on alone');
    }
    if (kind === 'plug') network.plug(index, true);
    if (kind === 'drop') for (const other of rest) network.join(index, other);
    if (kind === 'pair') network.join(1, 2);
    return { seconds, saved: savedSteps(run.task.checkpoint), problems };
  } finally {
    for (const { child } of members) child.kill('SIGKILL');
    await Promise.all(members.map(({ ended }) => ended));
    for (const i of hosts.keys()) {
      const ports = network.listening(i);
      if (ports.length > 0) problems.push(`ports ${ports} of host ${i} are still open`);
    }
  }
}

/** Starts the run and lets it come to its end; what its processes printed last. */
export async function finish(run: FaultyRun, size: number): Promise<TrainedResult[]> {
  const { members } = begin(run, size);
  return Promise.all(
    members.map(async ({ ended, lines, complaint }) => {
      const { code } = await ended;
      if (code !== 0) throw new Error(complaint());
      return lines.at(-1) as unknown as TrainedResult;
    }),
  );
}

/** What process `own` may say. Of two that do not hear each other each names the other. */
function expected(kind: FaultKind, index: number, own: number, name: (i: number) => string): string[] {
  const isSilent = `has given no sign of life for ${TIMEOUT} s.`;
  if (kind === 'pair') return [`${name(1)} and ${name(2)} cannot reach each other.`];
  if (kind === 'stop') return [`${name(index)} ${isSilent}`];
  if (kind === 'kill' || kind === 'interrupt') return [`${name(index)} has ended.`];
  // Whatever is noticed first: that one is silent, or that two do not reach each other.
  const others = [0, 1, 2].filter((i) => i !== index);
  const apart = others.map((i) => `${name(Math.min(i, index))} and ${name(Math.max(i, index))} cannot reach each other.`);
  if (own !== index) return [`${name(index)} ${isSilent}`, ...apart];
  return [...(index === 0 ? others : [0]).map((i) => `${name(i)} ${isSilent}`), ...apart];
}

/** Steps of the newest checkpoint in `folder`. */
function savedSteps(folder: string): number {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return Math.max(0, ...names.flatMap((name) => (/^step-\d+$/.test(name) ? [Number(name.slice(5))] : [])));
}
