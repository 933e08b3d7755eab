import { formatSize } from '../machine/format-size.js';
import type { Host } from '../machine/host.js';
import { type WheelTarget, wheelTarget } from './wheel-targets.js';

/** Where TensorFlow comes from: pip's index, a wheel that is there, or what tfjs-node's own install script downloads. */
export type Source = 'pip' | 'wheel' | 'tfjs';

/** Which TensorFlow is asked for. */
export interface SourceChoice {
  /** The CUDA build, for tfjs-node-gpu. */
  readonly gpu: boolean;
  /** The only source to use; all of them, in order, by default. */
  readonly source?: Source;
  /** Path of a wheel. */
  readonly wheel?: string;
  /** Whether what is there works, and is only to be made anew: an older TensorFlow does not replace it. Default false. */
  readonly isRenewal?: boolean;
}

/** One way to TensorFlow, to be tried in its turn. */
export type SourcePlan =
  | {
      readonly source: 'pip' | 'wheel';
      readonly target: WheelTarget;
      /** One line: what it does, what it downloads, and what stays. */
      readonly description: string;
      /** Bytes on the disk while it is at work. */
      readonly peakBytes: number;
    }
  | { readonly source: 'tfjs'; readonly description: string; readonly peakBytes: number };

/** The sources to try, in order, and why others are not among them. */
export interface NativePlan {
  readonly sources: readonly SourcePlan[];
  readonly refusals: readonly { readonly source: Source; readonly reason: string }[];
}

/** Which sources `options` ask for, and which of them can work on `host`. Pure. */
export function planSources({ gpu, source, wheel, isRenewal = false }: SourceChoice, host: Host): NativePlan {
  const sources: SourcePlan[] = [];
  const refusals: { source: Source; reason: string }[] = [];
  const all: readonly Source[] = isRenewal ? ['pip'] : ['pip', 'tfjs'];
  for (const candidate of source === undefined ? all : [source]) {
    if (candidate === 'tfjs') {
      sources.push(tfjsPlan(gpu));
      continue;
    }
    const target = wheelTarget(host, gpu);
    if (typeof target === 'string') refusals.push({ source: candidate, reason: target });
    else sources.push(wheelPlan(candidate, target, gpu, wheel));
  }
  return { sources, refusals };
}

function wheelPlan(source: 'pip' | 'wheel', target: WheelTarget, gpu: boolean, wheel: string | undefined): SourcePlan {
  const { downloadBytes, installedBytes, isMeasured, requirement } = target;
  const guess = isMeasured ? '' : ' (a guess)';
  const stays = `${formatSize(installedBytes)} stay on the disk${guess}`;
  // The CUDA libraries come from pip whatever the wheel comes from.
  if (source === 'wheel') {
    const cuda = gpu ? `, CUDA with pip, about ${formatSize(downloadBytes)} to download` : ', nothing to download';
    return {
      source,
      target,
      description: `the wheel ${wheel}${cuda}; about ${stays}`,
      peakBytes: installedBytes * 1.1,
    };
  }
  const what = `${requirement.replace(/<.*/, '')}${gpu ? ' and CUDA' : ''}`;
  return {
    source,
    target,
    description: `pip's wheel of ${what}: about ${formatSize(downloadBytes)} to download, ${stays}`,
    // pip holds a wheel twice for a moment; afterwards it lies beside what is unpacked from it.
    peakBytes: (downloadBytes + installedBytes) * 1.1,
  };
}

/** Its install script does not say how large its download is; the figures are a guess. */
function tfjsPlan(gpu: boolean): SourcePlan {
  const [download, disk] = gpu ? [4e8, 1e9] : [1e8, 4e8];
  return {
    source: 'tfjs',
    description: `tfjs-node's own download, TensorFlow 2.9 of 2022: about ${formatSize(download)} to download, ${formatSize(disk)} stay on the disk (a guess)${gpu ? '; it needs CUDA 11' : ''}`,
    peakBytes: disk * 1.5,
  };
}
