// Settings become twelve cells, their trainings a map, and the same cells a file for the command line.
export { MapSection } from './map-section.js';
