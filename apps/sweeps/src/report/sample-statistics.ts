export { meanOf } from '../statistics/index.js';
