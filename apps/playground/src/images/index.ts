// The name of a set becomes its images: digits from the page's own server, shapes drawn here. Only the worker and what is loaded late take them.
export { drawShape, drawShapes } from './draw-shapes.js';
export { loadImages } from './load-images.js';
export { readDigits } from './read-digits.js';
