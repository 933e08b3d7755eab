import { hasBinding } from './has-binding.js';
import { hasOutdatedBinding } from './has-outdated-binding.js';

const PACKAGES = [
  ['@tensorflow/tfjs-node', 'npx @nfnets/native-tensorflow'],
  ['@tensorflow/tfjs-node-gpu', 'npx @nfnets/native-tensorflow --gpu'],
] as const;

/**
 * What keeps tfjs-node and tfjs-node-gpu from being loaded, or lets them lack something, and the command that helps; undefined where
 * one of them, as one of the modules `origins` sees it, has its native parts as this version makes them.
 */
export function whyUnprepared(origins: readonly string[]): string | undefined {
  const reasons: string[] = [];
  for (const [packageName, command] of PACKAGES) {
    const found = origins.flatMap((origin): (boolean | 'outdated')[] => {
      try {
        const isThere = hasBinding(packageName, origin);
        return [isThere && hasOutdatedBinding(packageName, origin) ? 'outdated' : isThere];
      } catch {
        // Not installed there, or not to be looked at: tfjs-node's own error will tell.
        return [];
      }
    });
    if (found.includes(true)) return undefined;
    if (found.includes('outdated')) {
      return `${packageName} works, but lacks what this version adds to it. Run: ${command}`;
    }
    if (found.length > 0) reasons.push(`${packageName} has no native TensorFlow yet. Run: ${command}`);
  }
  return reasons[0] ?? `${PACKAGES[0][0]} is not installed. Run: ${PACKAGES[0][1]}`;
}
