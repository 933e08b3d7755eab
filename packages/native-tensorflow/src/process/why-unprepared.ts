import { hasBinding } from './has-binding.js';

const PACKAGES = [
  ['@tensorflow/tfjs-node', 'npx @nfnets/native-tensorflow'],
  ['@tensorflow/tfjs-node-gpu', 'npx @nfnets/native-tensorflow --gpu'],
] as const;

/**
 * What keeps tfjs-node and tfjs-node-gpu from being loaded, and the command that helps; undefined where one of them, as one of the
 * modules `origins` sees it, has its native parts.
 */
export function whyUnprepared(origins: readonly string[]): string | undefined {
  const reasons: string[] = [];
  for (const [packageName, command] of PACKAGES) {
    const found = origins.flatMap((origin) => {
      try {
        return [hasBinding(packageName, origin)];
      } catch {
        // Not installed there, or not to be looked at: tfjs-node's own error will tell.
        return [];
      }
    });
    if (found.includes(true)) return undefined;
    if (found.length > 0) reasons.push(`${packageName} has no native TensorFlow yet. Run: ${command}`);
  }
  return reasons[0] ?? `${PACKAGES[0][0]} is not installed. Run: ${PACKAGES[0][1]}`;
}
