// What is set with the mouse or the keyboard, and its label.
export { Field, type FieldProps } from './field.js';
export { Slider } from './slider.js';
