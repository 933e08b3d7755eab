/** A process of a group. */
export interface Member {
  readonly index: number;
  /** Where it is to be found, `host:port`. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

/** The host and the port of `host:port`, `[::1]:4001` too; undefined for what is none. */
export function parseAddress(address: unknown): { readonly host: string; readonly port: number } | undefined {
  const match = typeof address === 'string' ? address.match(/^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d+)$/) : null;
  const port = Number(match?.[3]);
  if (!match || !(port >= 1 && port <= 65_535)) return undefined;
  return { host: (match[1] ?? match[2])!, port };
}

/** Whether only processes of the same machine can reach `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** A process as messages name it. */
export function nameOf({ index, address }: Pick<Member, 'index' | 'address'>): string {
  return `process ${index} (${address})`;
}
