import type { Precision } from '@nfnets/compiled-step';
import { ourChild } from './our-child.js';
import { replyOrMissing } from './reply-or-missing.js';

/** Pixels of a side, and the milliseconds of each step; or what is missing. */
export type PresetTimes =
  | { readonly pixels: number; readonly milliseconds: readonly number[] }
  | { readonly missing: string };

/** Times compiled training steps of a preset of ours, in a process of its own. */
export async function timePreset(
  preset: string,
  batch: number,
  steps: number,
  precision: Precision = 'float32',
): Promise<PresetTimes> {
  return replyOrMissing(ourChild('step-latency.ts', [preset, String(batch), String(steps), precision]));
}
