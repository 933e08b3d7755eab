export { type MnistDigitsOptions, mnistDigits } from './mnist-digits.js';
