import { expect, it } from 'vitest';
import { IMAGENET_LABELS, IMAGENET_SYNSETS } from './labels.js';

it('names 1000 classes, each differently', () => {
  expect(new Set(IMAGENET_LABELS).size).toBe(1000);
  expect(IMAGENET_LABELS).toHaveLength(1000);
});

it('has the order of the published networks', () => {
  const named = [0, 134, 207, 264, 281, 474, 517, 638, 639, 945, 999].map((index) => IMAGENET_LABELS[index]);
  expect(named).toEqual([
    'tench',
    'crane (bird)',
    'golden retriever',
    'Cardigan',
    'tabby',
    'cardigan',
    'crane (machine)',
    'maillot (tights)',
    'maillot (tank suit)',
    'bell pepper',
    'toilet tissue',
  ]);
});

it('has the WordNet id of every class, ascending', () => {
  expect(IMAGENET_SYNSETS).toHaveLength(1000);
  expect(IMAGENET_SYNSETS.every((id) => /^n\d{8}$/.test(id))).toBe(true);
  expect([...IMAGENET_SYNSETS].sort()).toEqual(IMAGENET_SYNSETS);
  expect([IMAGENET_SYNSETS[0], IMAGENET_SYNSETS[999]]).toEqual(['n01440764', 'n15075141']);
});
