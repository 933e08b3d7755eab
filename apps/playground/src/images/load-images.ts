import type { ArrayDatasetArgs } from '@nfnets/data';
import type { DataName } from '../settings/index.js';
import { drawShapes } from './draw-shapes.js';
import { readDigits } from './read-digits.js';

/** As many as a run may take, and those it is tested on. */
const SHAPES = 9000;

const known = new Map<DataName, Promise<ArrayDatasetArgs>>();

/** The images of a set: of digits, read from the page's own server; of shapes, drawn. Both once. */
export function loadImages(name: DataName, digits: string): Promise<ArrayDatasetArgs> {
  const loading = known.get(name) ?? (name === 'digits' ? fetchDigits(digits) : Promise.resolve(drawShapes(SHAPES)));
  known.set(name, loading);
  loading.catch(() => known.delete(name));
  return loading;
}

async function fetchDigits(address: string): Promise<ArrayDatasetArgs> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The digits cannot be read: ${address} was answered with ${response.status}.`);
  return readDigits(new Uint8Array(await response.arrayBuffer()));
}
