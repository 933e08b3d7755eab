import type { FieldProps } from './field.js';

interface SliderProps extends FieldProps {
  readonly value: number;
  /** What the value is read as. */
  readonly shown: string;
  /** Default 0. */
  readonly low?: number;
  readonly high: number;
  /** Default 1. */
  readonly step?: number;
  readonly onChange: (value: number) => void;
}

/** A slider whose value stands beside its label. */
export const Slider = ({ id, label, value, shown, low = 0, high, step = 1, onChange }: SliderProps) => (
  <div class="field">
    <label for={id}>
      {label} <output for={id}>{shown}</output>
    </label>
    <input
      id={id}
      type="range"
      min={low}
      max={high}
      step={step}
      value={value}
      aria-valuetext={shown}
      onInput={({ currentTarget }) => onChange(Number(currentTarget.value))}
    />
  </div>
);
