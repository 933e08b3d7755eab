import type { Host } from '../machine/host.js';
import { SourceError } from '../machine/prepare-errors.js';
import { findCompiler } from '../sources/build-binding.js';
import { findPip } from '../sources/download-wheels.js';
import { planSources, type SourceChoice, type SourcePlan } from '../sources/plan-sources.js';

/** Says where `host` would take TensorFlow from, in which order, and what it has or lacks for it. */
export async function tellPlan(
  choice: SourceChoice,
  host: Host,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { sources, refusals } = planSources(choice, host);
  for (const { source, reason } of refusals) say(`Not from ${source}: ${reason}`);
  for (const [index, plan] of sources.entries()) {
    say(`${index === 0 ? 'Would take' : 'Where that fails,'} ${plan.description}${await tools(plan, signal)}`);
  }
}

/** What this machine has, or lacks, for a plan. */
async function tools({ source }: SourcePlan, signal: AbortSignal): Promise<string> {
  if (source === 'tfjs') return '';
  try {
    const compiler = await findCompiler(signal);
    const pip = source === 'pip' ? await findPip(signal) : [];
    return `; with ${[pip, compiler]
      .map((command) => command.join(' '))
      .filter(Boolean)
      .join(' and ')}`;
  } catch (error) {
    if (error instanceof SourceError) return `; but ${error.message}`;
    throw error;
  }
}
