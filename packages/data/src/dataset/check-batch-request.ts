import { anything, assertInteger, checkOptions, type OptionRules, oneOf, rule } from '@nfnets/options';
import type { BatchRequest } from './dataset.js';
import { assertPart } from './part-of-batch.js';

const RULES: OptionRules<BatchRequest> = {
  batchSize: rule('an integer >= 1', () => true),
  shuffleSeed: anything,
  partialBatch: oneOf(['drop', 'keep']),
  firstBatch: anything,
  part: anything,
};

/**
 * Fails where a request for the batches of a pass has an option that is not known, or out of its range.
 *
 * @throws TypeError or RangeError
 */
export function checkBatchRequest(request: BatchRequest): void {
  checkOptions<BatchRequest>('batches', request, RULES, { required: ['batchSize', 'partialBatch'] });
  const { batchSize, shuffleSeed, firstBatch = 0 } = request;
  assertInteger('batches', 'batchSize', batchSize, 1);
  if (shuffleSeed !== undefined) assertInteger('batches', 'shuffleSeed', shuffleSeed);
  assertInteger('batches', 'firstBatch', firstBatch, 0);
  if (request.part !== undefined) assertPart('batches', request.part);
}
