import { nodeModule } from '../formats/node-module.js';

const PURPOSE = 'downloads from the hub';
/** Milliseconds without a byte after which nobody waits for a download any more. */
const STALE_AFTER = 60_000;
const DAY = 86_400_000;
/** When a claim was made, on which machine and by which process. */
const CLAIM = /\.(\d{15})-(\w+)-(\d+)-[0-9a-f]{8}\.partial$/;

/**
 * A file that one download writes into, and nobody else. The claims of a file tell who else is downloading it: the first of them
 * goes on, the others wait. What a download leaves behind is taken over by renaming it, so that only one can.
 */
export class DownloadClaim {
  private constructor(
    /** Where this download writes. */
    readonly path: string,
    /** Where what has come is left for the next one when it breaks off. */
    private readonly left: string,
  ) {}

  /**
   * @param target The file that is downloaded.
   * @param checksum Of its content, so that a changed file is not put behind the beginning of the old one.
   */
  static async make(target: string, checksum: string): Promise<DownloadClaim> {
    const { open } = nodeModule('node:fs/promises', PURPOSE);
    const stem = `${target}.${checksum.slice(0, 16)}`;
    const stamp = String(Date.now()).padStart(15, '0');
    const id = globalThis.crypto.randomUUID().slice(0, 8);
    const path = `${stem}.${stamp}-${hostName()}-${process.pid}-${id}.partial`;
    await (await open(path, 'wx')).close();
    return new DownloadClaim(path, `${stem}.partial`);
  }

  /** Whether another download of the file began before this one, and is still at it. Says that this one waits, too. */
  async isBehind(): Promise<boolean> {
    const { utimes } = nodeModule('node:fs/promises', PURPOSE);
    await utimes(this.path, new Date(), new Date());
    const others = await this.others();
    return others.some(({ path, isLive }) => isLive && path < this.path);
  }

  /** Takes over what a download left that broke off or whose process ended. Gives its bytes. */
  async resume(): Promise<number> {
    const { rename, stat } = nodeModule('node:fs/promises', PURPOSE);
    const dead = (await this.others()).filter(({ isDead }) => isDead).map(({ path }) => path);
    const sizes = await Promise.all([this.left, ...dead].map(async (path) => ({ path, size: await sizeOf(path) })));
    for (const { path, size } of sizes.sort((a, b) => b.size - a.size)) {
      if (size === 0) break;
      const isOurs = await rename(path, this.path).then(
        () => true,
        () => false,
      );
      if (isOurs) return (await stat(this.path)).size;
    }
    return 0;
  }

  /** Ends a download that broke off: what has come is kept for the next. */
  async leave(): Promise<void> {
    const { rename } = nodeModule('node:fs/promises', PURPOSE);
    if ((await sizeOf(this.path)) > 0) await rename(this.path, this.left).catch(() => {});
    await this.drop();
  }

  /** Ends a download of which nothing is to be kept. */
  async drop(): Promise<void> {
    const { rm } = nodeModule('node:fs/promises', PURPOSE);
    await rm(this.path, { force: true });
  }

  /** Removes what downloads left that nobody needs any more. */
  async clean(): Promise<void> {
    const { rm } = nodeModule('node:fs/promises', PURPOSE);
    const dead = (await this.others()).filter(({ isDead }) => isDead);
    for (const path of [this.left, ...dead.map(({ path }) => path)]) await rm(path, { force: true }).catch(() => {});
  }

  private async others(): Promise<{ path: string; isLive: boolean; isDead: boolean }[]> {
    const { readdir, stat } = nodeModule('node:fs/promises', PURPOSE);
    const { basename, dirname, join } = nodeModule('node:path', PURPOSE);
    const folder = dirname(this.path);
    const stem = basename(this.left).slice(0, -'partial'.length);
    const claims: { path: string; isLive: boolean; isDead: boolean }[] = [];
    for (const name of await readdir(folder)) {
      const [, , host, pid] = (name.startsWith(stem) && name.match(CLAIM)) || [];
      const path = join(folder, name);
      if (host === undefined || path === this.path) continue;
      const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
      const isGone = host === hostName() && !isRunning(Number(pid));
      claims.push({ path, isLive: !isGone && age < STALE_AFTER, isDead: isGone || age > DAY });
    }
    return claims;
  }
}

async function sizeOf(path: string): Promise<number> {
  const { stat } = nodeModule('node:fs/promises', PURPOSE);
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

function hostName(): string {
  return nodeModule('node:os', PURPOSE).hostname().replace(/\W/g, '_') || 'host';
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
