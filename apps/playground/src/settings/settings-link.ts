import { CLIP_RULES, type ClipRule } from './clip-rules.js';
import { DATA, DEFAULTS, NETS, type Settings } from './settings.js';

interface Field<Value> {
  /** Its name in a link. */
  readonly name: string;
  /** The value that `text` stands for; undefined where it stands for none. */
  readonly read: (text: string) => Value | undefined;
  /** What it must be, for people. */
  readonly rule: string;
}

const oneOf = <Name extends string>(name: string, names: readonly Name[]): Field<Name> => ({
  name,
  read: (text) => names.find((each) => each === text),
  rule: `one of ${names.join(', ')}`,
});
const number = (name: string, rule: string, isRight: (value: number) => boolean): Field<number> => ({
  name,
  read: (text) => (text.trim() !== '' && isRight(Number(text)) ? Number(text) : undefined),
  rule,
});
const whole = (name: string, low: number, high: number) =>
  number(
    name,
    `a whole number from ${low} to ${high}`,
    (value) => Number.isInteger(value) && value >= low && value <= high,
  );
const positive = (name: string, high: number) =>
  number(name, `a number above 0, at most ${high}`, (value) => value > 0 && value <= high);

const FIELDS: { readonly [Key in keyof Settings]: Field<Settings[Key]> } = {
  net: oneOf('net', Object.keys(NETS) as (keyof typeof NETS)[]),
  data: oneOf('data', Object.keys(DATA) as (keyof typeof DATA)[]),
  rule: oneOf('rule', Object.keys(CLIP_RULES) as ClipRule[]),
  threshold: positive('threshold', 1e5),
  batchSize: whole('batch', 1, 2048),
  baseRate: positive('rate', 100),
  seed: whole('seed', 0, 1e9),
  images: whole('images', 64, 8000),
  epochs: whole('epochs', 1, 1000),
  engine: oneOf('engine', ['auto', 'webgpu', 'wasm']),
};
const KEYS = Object.keys(FIELDS) as (keyof Settings)[];

/** The part of a link behind `#` that holds `settings`: what is not as at first. Pure. */
export function toLink(settings: Settings): string {
  const first = { ...firstOf(settings.rule), rule: DEFAULTS.rule };
  const set = KEYS.filter((key) => settings[key] !== first[key]);
  return new URLSearchParams(set.map((key) => [FIELDS[key].name, String(settings[key])])).toString();
}

/**
 * The settings that a link holds. What it does not say is as at first, and so is what it says wrongly, which `problems` tell, a sentence
 * each. Pure.
 */
export function fromLink(link: string): { readonly settings: Settings; readonly problems: readonly string[] } {
  const given = new URLSearchParams(link.replace(/^#/, ''));
  const problems: string[] = [];
  const known = new Map(KEYS.map((key) => [FIELDS[key].name, key]));
  const read: Record<string, unknown> = {};
  for (const [name, text] of given) {
    const key = known.get(name);
    const value = key && FIELDS[key].read(text);
    if (key === undefined) problems.push(`There is no setting "${name}": it was passed over.`);
    else if (value !== undefined) read[key] = value;
    else problems.push(`"${name}" must be ${FIELDS[key].rule}, got "${text}": it is as at first.`);
  }
  const settings: Settings = { ...firstOf((read['rule'] as ClipRule | undefined) ?? DEFAULTS.rule), ...read };
  if (settings.batchSize <= settings.images) return { settings, problems };
  const rule = `"batch" must be at most the ${settings.images} images, got ${settings.batchSize}: it is these.`;
  return { settings: { ...settings, batchSize: settings.images }, problems: [...problems, rule] };
}

/** What a rule starts with: its threshold is its own. */
const firstOf = (rule: ClipRule): Settings => ({ ...DEFAULTS, rule, threshold: CLIP_RULES[rule].usual });
