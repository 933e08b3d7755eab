import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth } from '../__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('Einsum', () => {
  it.each<[string, ...number[][]]>([
    ['ij->ji', [3, 4]],
    ['ijk->j', [3, 4, 2]],
    ['ij->ij', [3, 4]],
    ['i,i->', [5], [5]],
    ['i,j->ij', [3], [4]],
    ['ij,jk->ik', [3, 4], [4, 5]],
    ['ij,kj->ki', [3, 4], [5, 4]],
    ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]],
    ['abcd,aecd->abe', [2, 3, 4, 5], [2, 6, 4, 5]],
    ['bthd,bshd->bhts', [2, 3, 2, 4], [2, 5, 2, 4]],
    ['ijk,j->ik', [2, 3, 4], [3]],
  ])('computes %s', async (equation, ...shapes) => {
    await expectSameOnBoth(shapes, (...inputs) => tf.einsum(equation, ...inputs));
  });
});
