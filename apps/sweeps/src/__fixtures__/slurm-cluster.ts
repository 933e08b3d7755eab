import { until } from './until.js';

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';



/** Whether a cluster can be started here: its daemons, and the rights of root, as which they run. */
export function hasSlurm(): boolean {
  const isThere = (name: string) => ['/usr/sbin', '/usr/bin'].some((folder) => existsSync(join(folder, name)));
  return ['munged', 'slurmctld', 'slurmd', 'sbatch'].every(isThere) && process.getuid?.() === 0;
}

export type NodeName = 'n1' | 'n2';

export interface SlurmCluster {
  /** Kills the daemons of a node and all that runs on it, as a power cut does. */
  readonly cutPower: (node: NodeName) => void;
  /** Starts a node again whose power was cut. */
  readonly restorePower: (node: NodeName) => void;
  /** Kills the controller, and starts it again with the state it kept. */
  readonly restartController: () => Promise<void>;
}

/**
 * Starts a cluster of two nodes of one core each on this machine, with its keys, ports and files in `folder`, and points
 * this process's `SLURM_CONF` at it. `atEnd` takes what ends it, `settings` are lines of its configuration.
 */
export async function startCluster(
  folder: string,
  atEnd: (end: () => void) => void,
  settings: Readonly<Record<string, number>> = {},
): Promise<SlurmCluster> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const ports = await freePorts(3);
  writeFileSync(at('munge.key'), randomBytes(128), { mode: 0o400 });
  for (const name of ['state', 'n1', 'n2']) mkdirSync(at(name));
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(at('slurm.conf'), configText(folder, ports) + lines.join(''));
  process.env['SLURM_CONF'] = at('slurm.conf');

  const daemons = new Map<string, ChildProcess>();
  const start = (name: string, program: string, ...args: string[]) => {
    daemons.set(name, spawn(`/usr/sbin/${program}`, args, { stdio: 'ignore' }));
  };
  const startController = () => start('controller', 'slurmctld', '-D', '-f', at('slurm.conf'));
  const startNode = (node: NodeName) => start(node, 'slurmd', '-D', '-N', node);
  atEnd(() => {
    for (const { pid } of daemons.values()) if (pid) killTree(pid);
    for (const pid of stepsOf(folder)) killTree(pid);
    delete process.env['SLURM_CONF'];
  });
  const socket = at('munge.sock');
  const files = ['key', 'pid', 'log', 'seed'].map((kind) => `--${kind}-file=${at(`munge.${kind}`)}`);
  start('munge', 'munged', '--foreground', '--force', `--socket=${socket}`, ...files);
  await until(() => existsSync(socket));
  startController();
  startNode('n1');
  startNode('n2');
  await until(() => idleNodes() === 2);
  return {
    cutPower(node) {
      killTree(daemons.get(node)!.pid!);
      for (const pid of stepsOf(folder, node)) killTree(pid);
    },
    restorePower: startNode,
    async restartController() {
      const { pid, exitCode, signalCode } = daemons.get('controller')!;
      const ended = once(daemons.get('controller')!, 'exit');
      if (exitCode === null && signalCode === null) {
        killTree(pid!);
        await ended;
      }
      startController();
    },
  };
}

function idleNodes(): number {
  try {
    const states = execFileSync('sinfo', ['-h', '-N', '-o', '%t'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return states.split('\n').filter((state) => state === 'idle').length;
  } catch {
    return 0;
  }
}

/** Pids of the job steps of the cluster in `folder`, each before what it runs: of one node, or all. */
function stepsOf(folder: string, node?: NodeName): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        const isOurs = environment.includes(`SLURM_CONF=${join(folder, 'slurm.conf')}`);
        const home = environment.find((line) => line.startsWith('SLURMD_NODENAME='));
        if (!isOurs || (node && home !== `SLURMD_NODENAME=${node}`)) return [];
        const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
        const isStep = readFileSync(`/proc/${parent}/cmdline`, 'utf8').startsWith('slurmstepd');
        return [...(isStep ? [Number(parent)] : []), Number(pid)];
      } catch {
        return [];
      }
    });
}

/** Kills the process `pid` and what it started. */
function killTree(pid: number): void {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    process.kill(pid, 'SIGKILL');
    for (const child of children.split(' ').filter(Boolean)) killTree(Number(child));
  } catch {
    // It has ended.
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const configText = (folder: string, [controller, ...nodes]: readonly number[]) => `ClusterName=nfsweeps
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${controller}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.sock
CryptoType=crypto/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SlurmUser=root
SlurmdUser=root
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdTimeout=10
KillWait=5
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
${nodes.map((port, i) => `NodeName=n${i + 1} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${port} CPUs=1`).join('\n')}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
