import { Field, type FieldProps, Slider } from '../fields/index.js';
import {
  BASE_RATES,
  BATCH_SIZES,
  CLIP_RULES,
  type ClipRule,
  DATA,
  EPOCHS,
  IMAGE_COUNTS,
  NETS,
  placeOf,
  type Settings,
  SLIDER_STEPS,
  valueAt,
} from '../settings/index.js';

const RULES = Object.fromEntries(Object.entries(CLIP_RULES).map(([name, { label }]) => [name, label])) as Readonly<
  Record<ClipRule, string>
>;

interface ControlsProps {
  readonly settings: Settings;
  readonly onChange: (settings: Settings) => void;
}

/** All that can be set of the two runs. */
export function Controls({ settings, onChange }: ControlsProps) {
  const { rule, threshold, images, batchSize } = settings;
  const facts = CLIP_RULES[rule];
  const set = (change: Partial<Settings>) => onChange({ ...settings, ...change });
  return (
    <fieldset class="controls">
      <legend class="unseen">Settings of both runs</legend>
      <Choice id="net" label="Net" value={settings.net} of={NETS} onChange={(net) => set({ net })} />
      <Choice id="data" label="Images" value={settings.data} of={DATA} onChange={(data) => set({ data })} />
      <Choice
        id="rule"
        label="Clipping on the right"
        value={rule}
        of={RULES}
        onChange={(name) => set({ rule: name, threshold: CLIP_RULES[name].usual })}
      />
      <Slider
        id="threshold"
        label={facts.threshold}
        shown={String(threshold)}
        value={placeOf(threshold, facts)}
        high={SLIDER_STEPS}
        onChange={(place) => set({ threshold: valueAt(place, facts) })}
      />
      <Slider
        id="batch"
        label="batch size"
        shown={String(batchSize)}
        value={nearestPlace(batchSize, BATCH_SIZES)}
        high={BATCH_SIZES.length - 1}
        onChange={(place) => set({ batchSize: Math.min(images, BATCH_SIZES[place]!) })}
      />
      <Slider
        id="rate"
        label="base rate, per 256 images"
        shown={`${settings.baseRate}`}
        value={placeOf(settings.baseRate, BASE_RATES)}
        high={SLIDER_STEPS}
        onChange={(place) => set({ baseRate: valueAt(place, BASE_RATES) })}
      />
      <Field id="seed" label="Seed">
        <input
          id="seed"
          type="number"
          min={0}
          max={1e9}
          value={settings.seed}
          onChange={({ currentTarget: { value, validity } }) => {
            if (validity.valid && Number.isInteger(Number(value))) set({ seed: Number(value) });
          }}
        />
      </Field>
      <Numbers
        id="images"
        label="Training images"
        value={images}
        of={IMAGE_COUNTS}
        onChange={(count) => set({ images: count, batchSize: Math.min(batchSize, count) })}
      />
      <Numbers id="epochs" label="Epochs" value={settings.epochs} of={EPOCHS} onChange={(epochs) => set({ epochs })} />
    </fieldset>
  );
}

interface ChoiceProps<Name extends string> extends FieldProps {
  readonly value: Name;
  readonly of: Readonly<Record<Name, string>>;
  readonly onChange: (name: Name) => void;
}

const Choice = <Name extends string>({ id, label, value, of, onChange }: ChoiceProps<Name>) => (
  <Field id={id} label={label}>
    <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as Name)}>
      {Object.entries<string>(of).map(([name, text]) => (
        <option key={name} value={name}>
          {text}
        </option>
      ))}
    </select>
  </Field>
);

interface NumbersProps extends FieldProps {
  readonly value: number;
  readonly of: readonly number[];
  readonly onChange: (value: number) => void;
}

/** A choice of numbers; one that a link brought is among them. */
const Numbers = ({ value, of, onChange, ...field }: NumbersProps) => {
  const all = [...new Set([...of, value])].sort((a, b) => a - b);
  return (
    <Choice
      {...field}
      value={String(value)}
      of={Object.fromEntries(all.map((number) => [number, String(number)]))}
      onChange={(text) => onChange(Number(text))}
    />
  );
};

/** The place of the value nearest to `value`. */
function nearestPlace(value: number, values: readonly number[]): number {
  const distances = values.map((each) => Math.abs(Math.log(each / value)));
  return distances.indexOf(Math.min(...distances));
}
