// Messages of two runs become charts, and buttons become calls of the worker.
export { CompareSection } from './compare-section.js';
