import type { Host } from '../machine/host.js';

/** Name and version of a wheel, and what its extra `and-cuda` asks pip for. */
export interface WheelMetadata {
  readonly name: string;
  readonly version: string;
  readonly cudaRequirements: readonly string[];
}

/** The tags of a wheel, such as `cp312-cp312-manylinux_2_27_x86_64`, from its file `WHEEL`. */
export function parseWheelTags(text: string): string[] {
  return [...text.matchAll(/^Tag: *(\S+)/gm)].map((match) => match[1]!);
}

/** SHA-256, in base64url, of each file of a wheel, from its file `RECORD`. */
export function parseRecord(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^"?(.+?)"?,sha256=([\w-]+)=*,\d*\r?$/gm)].map((match) => [match[1]!, match[2]!]));
}

/** What the file `METADATA` of a wheel says. */
export function parseMetadata(text: string): WheelMetadata {
  const field = (name: string) => new RegExp(`^${name}: *(.+?)\\r?$`, 'm').exec(text)?.[1] ?? 'unknown';
  const required = [...text.matchAll(/^Requires-Dist: *([^;\n]+?) *;(.*)$/gm)];
  return {
    name: field('Name').replaceAll('_', '-'),
    version: field('Version'),
    cudaRequirements: required
      .filter((match) => /extra *== *["']and-cuda["']/.test(match[2]!))
      .map((match) => match[1]!),
  };
}

/** Why no tag of a wheel fits `host`; undefined where one does. Python's version in the tags does not matter to us. */
export function whyUnfit(tags: readonly string[], host: Host): string | undefined {
  const platforms = [...new Set(tags.map((tag) => tag.slice(tag.lastIndexOf('-') + 1)))];
  const reasons = platforms.map((platform) => whyPlatformUnfit(platform, host));
  if (reasons.includes(undefined)) return undefined;
  const glibc = reasons.find((reason) => reason?.startsWith('needs glibc'));
  return (
    glibc ??
    `is for ${platforms.join(', ') || 'no known platform'}, and this is ${host.platform === 'darwin' ? 'macOS' : host.platform} ${host.arch}`
  );
}

const PYTHON_NAMES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
/** glibc that the older names of a Linux tag stand for. */
const OLD_MANYLINUX: Readonly<Record<string, string>> = { '1': '2_5', '2010': '2_12', '2014': '2_17' };

function whyPlatformUnfit(platform: string, { platform: system, arch, glibc }: Host): string | undefined {
  const mac = /^macosx_\d+_\d+_(\w+)$/.exec(platform);
  if (mac) {
    const names: readonly string[] = arch === 'arm64' ? ['arm64', 'universal2'] : ['x86_64', 'universal2'];
    return system === 'darwin' && names.includes(mac[1]!) ? undefined : 'is for another system';
  }
  const linux = /^(?:many)?linux(_\d+_\d+|\d+)?_(\w+)$/.exec(platform);
  if (!linux || system !== 'linux' || linux[2] !== PYTHON_NAMES[arch]) return 'is for another system';
  const written = linux[1] ?? '_0_0';
  const [major, minor] = (OLD_MANYLINUX[written] ?? written.slice(1)).split('_').map(Number) as [number, number];
  const [ownMajor, ownMinor] = (glibc ?? '0.0').split('.').map(Number) as [number, number];
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return undefined;
  return `needs glibc ${major}.${minor}, and this Linux has ${glibc ?? 'none'}`;
}
