import { show } from '@nfnets/options';
import type { ImageSource } from './image-source.js';

/**
 * Throws unless `source` can be read, and holds samples.
 *
 * @throws TypeError or RangeError that starts with `who`
 */
export function assertSource(who: string, source: ImageSource): void {
  const { length, numClasses, read } = Object(source) as Partial<ImageSource>;
  if (typeof read !== 'function' || typeof length !== 'number' || typeof numClasses !== 'number') {
    const hint = source instanceof Promise ? ' `parquetImages` gives a promise: await it.' : '';
    throw new TypeError(
      `${who}: \`source\` must be { length, numClasses, read(index) }, as imageFolder makes one, got ${show(source)}.${hint}`,
    );
  }
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new RangeError(
      `${who}: \`source.length\` must be a whole number from 1, got ${length}: it holds no samples.`,
    );
  }
  if (!Number.isSafeInteger(numClasses) || numClasses < 2) {
    throw new RangeError(`${who}: \`source.numClasses\` must be a whole number from 2, got ${numClasses}.`);
  }
}
