import { execFileSync } from 'node:child_process';

/** A host of a network: a namespace of this machine with an address of its own. */
export interface Host {
  readonly address: string;
  /** What a program is started behind to be on it. */
  readonly prefix: readonly string[];
}

const ip = (...args: readonly string[]) => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
let networks = 0;

/** Why there can be no network of namespaces here; undefined where there can. */
export function whyNoNetwork(): string | undefined {
  try {
    new Network(1).close();
    return undefined;
  } catch (error) {
    return `needs network namespaces, as root with iproute2: ${(error as Error).message.trim().split('\n').at(-1)}`;
  }
}

/** Hosts with addresses of their own, which a switch joins: network namespaces of this machine, and none of its own devices. */
export class Network {
  readonly hosts: readonly Host[];
  private readonly name = `nfnets-${process.pid}-${++networks}`;

  constructor(size: number) {
    const { name } = this;
    const numbers = Array.from({ length: size }, (_, i) => i);
    this.hosts = numbers.map((i) => ({
      address: `10.99.0.${i + 1}`,
      prefix: ['ip', 'netns', 'exec', `${name}-${i}`],
    }));
    try {
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'add', 'switch', 'type', 'bridge');
      ip('-n', name, 'link', 'set', 'switch', 'up');
      for (const i of numbers) {
        const host = `${name}-${i}`;
        ip('netns', 'add', host);
        ip('-n', host, 'link', 'set', 'lo', 'up');
        ip('-n', name, 'link', 'add', `port${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host);
        ip('-n', host, 'link', 'set', 'eth0', 'address', macOf(i));
        ip('-n', host, 'address', 'add', `${this.hosts[i]!.address}/24`, 'dev', 'eth0');
        ip('-n', host, 'link', 'set', 'eth0', 'up');
        ip('-n', name, 'link', 'set', `port${i}`, 'master', 'switch', 'up');
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Pulls the plug of host `i`, or puts it in. */
  plug(i: number, isIn: boolean): void {
    ip('-n', this.name, 'link', 'set', `port${i}`, isIn ? 'up' : 'down');
  }

  /** Has what two hosts send each other go to nobody. */
  cut(one: number, other: number): void {
    this.teach(one, other, '02:00:00:00:00:fe');
    this.teach(other, one, '02:00:00:00:00:fe');
  }

  /** Undoes {@link cut}. */
  join(one: number, other: number): void {
    this.teach(one, other, macOf(other));
    this.teach(other, one, macOf(one));
  }

  /** Ports at which something listens on host `i`. */
  listening(i: number): number[] {
    const [program, ...args] = [...this.hosts[i]!.prefix, 'cat', '/proc/net/tcp', '/proc/net/tcp6'] as unknown as [string, ...string[]];
    const rows = execFileSync(program, args, { encoding: 'utf8' }).split('\n').map((row) => row.trim().split(/\s+/));
    return rows.flatMap((row) => (row[3] === '0A' ? [Number.parseInt(row[1]!.split(':').at(-1)!, 16)] : []));
  }

  close(): void {
    for (const name of [...this.hosts.map((_, i) => `${this.name}-${i}`), this.name]) {
      try {
        ip('netns', 'delete', name);
      } catch {
        // It was not made.
      }
    }
  }

  private teach(one: number, other: number, mac: string): void {
    const host = `${this.name}-${one}`;
    ip('-n', host, 'neigh', 'replace', this.hosts[other]!.address, 'lladdr', mac, 'dev', 'eth0', 'nud', 'permanent');
  }
}

const macOf = (i: number) => `02:00:00:00:00:${(i + 1).toString(16).padStart(2, '0')}`;
