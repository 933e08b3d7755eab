import { expect, it } from 'vitest';
import { hashOf, type Place, placeOf } from '../../../../page/place.js';

it.each<[string, Place]>([
  ['#/', { view: 'home', search: '' }],
  ['#/?search=f0+%C3%A4', { view: 'home', search: 'f0 ä' }],
  ['#/sweep/b%20c%2Fd', { view: 'sweep', folder: 'b c/d' }],
  ['#/sweep/a/012345678901', { view: 'sweep', folder: 'a', trial: '012345678901' }],
  ['#/sweep/a/0123/4567', { view: 'sweep', folder: 'a', trial: '0123', other: '4567' }],
  ['#/compare/a/b%20c/d', { view: 'compare', folders: ['a', 'b c', 'd'] }],
])('%s is a place, and the address of it', (hash, place) => {
  expect(placeOf(hash, true)).toEqual(place);
  expect(hashOf(place)).toBe(hash);
});

it('of one sweep alone, names its trials', () => {
  expect(placeOf('#0123/4567', false)).toEqual({ view: 'sweep', trial: '0123', other: '4567' });
  expect(hashOf({ view: 'sweep', trial: '0123' })).toBe('#0123');
  expect(placeOf('', false)).toEqual({ view: 'sweep' });
});

it('takes whatever is no address for the home', () => {
  for (const hash of ['', '#', '#x', '#/compare/a', '#/sweep', '#/%zz'])
    expect(placeOf(hash, true)).toEqual({ view: 'home', search: '' });
  expect(placeOf('#/sweep/%zz', true)).toEqual({ view: 'sweep', folder: '%zz' });
});
