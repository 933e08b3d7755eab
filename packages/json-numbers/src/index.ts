export { fromJson, numberOf, toJson } from './json-numbers.js';
