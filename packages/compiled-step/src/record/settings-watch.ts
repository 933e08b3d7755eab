import * as tf from '@tensorflow/tfjs-core';

/** A value that an object holds under a key, and what it was. */
interface Setting {
  readonly path: string;
  readonly owner: Record<string, unknown>;
  readonly key: string;
  readonly value: unknown;
}

/** Objects within objects that are looked into: a layer's weights, regularizers and wrapped layers are not deeper. */
const MAX_DEPTH = 4;
/** Longest list whose elements are looked at one by one. */
const MAX_LENGTH = 64;

/**
 * Notices when something is set that a step reads as it runs, such as `rate` of a layer or `momentum` of an optimizer: a graph
 * would keep what it was.
 *
 * Of an optimizer this is its `getConfig()` and where it keeps its state, of other objects the numbers, texts, flags and references
 * that they hold, but for those of private `#fields` and of closures, which nobody sees from outside.
 */
export class SettingsWatch {
  private readonly optimizers: readonly { readonly optimizer: tf.Optimizer; readonly config: string }[];
  private settings: readonly Setting[];

  constructor(watched: readonly object[]) {
    this.optimizers = watched
      .filter((each) => isOptimizer(each))
      .map((optimizer) => ({ optimizer, config: configOf(optimizer) }));
    this.settings = [
      ...settingsOf(watched.filter((each) => !isOptimizer(each))),
      ...this.optimizers.flatMap(({ optimizer }) => stateOf(optimizer)),
    ];
  }

  /** Name of something that is not what it was; undefined if all is. */
  changed(): string | undefined {
    for (const setting of this.settings) if (hasChanged(setting)) return setting.path;
    for (const { optimizer, config } of this.optimizers) {
      const now = configOf(optimizer);
      if (now !== config) return `${differingKey(config, now)} of ${optimizer.getClassName()}`;
    }
    return undefined;
  }

  /** Looks no more at what has changed, as a step's own counters do. */
  ignoreChanged(): void {
    this.settings = this.settings.filter((setting) => !hasChanged(setting));
  }
}

/** Whether the rate of `optimizer` can come from a tensor, as that of the optimizers of @nfnets/optimizers. */
export function isTensorRated(optimizer: object): optimizer is TensorRated {
  const rated = optimizer as Partial<TensorRated>;
  return typeof rated.withLearningRate === 'function' && typeof rated.learningRate === 'number';
}

export interface TensorRated extends tf.Optimizer {
  readonly learningRate: number;
  withLearningRate<T>(learningRate: tf.Scalar, update: () => T): T;
}

function isOptimizer(value: object): value is tf.Optimizer {
  return 'applyGradients' in value && 'getConfig' in value;
}

/** Where an optimizer keeps its slots, and the one that it wraps: tf's own get new variables when they are given another state. */
function stateOf(optimizer: tf.Optimizer): Setting[] {
  const held = optimizer as unknown as Record<string, unknown>;
  return Object.keys(held).flatMap((key) => {
    const value = held[key];
    const isWrapped = Object(value) === value && isOptimizer(value as object);
    if (!isWrapped && !Array.isArray(value) && !(value instanceof tf.Variable)) return [];
    const setting = { path: `\`${key}\` of ${optimizer.getClassName()}`, owner: held, key, value };
    return isWrapped ? [setting, ...stateOf(value as tf.Optimizer)] : [setting];
  });
}

/** The config as text, without a rate that is an input of the graph. */
function configOf(optimizer: tf.Optimizer): string {
  const config = optimizer.getConfig();
  if (!isTensorRated(optimizer)) return JSON.stringify(config);
  return JSON.stringify(config, (key, value) => (key === 'learningRate' ? undefined : value));
}

function differingKey(before: string, now: string): string {
  const [old, present] = [before, now].map((text) => JSON.parse(text) as Record<string, unknown>) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  const key = Object.keys(present).find((each) => JSON.stringify(old[each]) !== JSON.stringify(present[each]));
  return `\`${key ?? 'the settings'}\``;
}

function hasChanged({ owner, key, value }: Setting): boolean {
  const now = owner[key];
  return now !== value && !Object.is(now, value);
}

function settingsOf(watched: readonly object[]): Setting[] {
  const settings: Setting[] = [];
  const seen = new WeakSet<object>();
  const visit = (owner: object, path: string, depth: number): void => {
    if (seen.has(owner)) return;
    seen.add(owner);
    const held = owner as Record<string, unknown>;
    // What a layer computes is its class's, unless another is set in its place.
    const method = 'call' in owner && !Object.hasOwn(owner, 'call') ? ['call'] : [];
    for (const key of [...Object.keys(owner), ...method]) {
      const value = held[key];
      const at = `${path}.${key}`;
      settings.push({ path: at, owner: held, key, value });
      if (isLookedInto(value) && depth < MAX_DEPTH) visit(value, at, depth + 1);
    }
  };
  for (const each of watched) visit(each, (each as { name?: string }).name ?? each.constructor.name, 0);
  return settings;
}

function isLookedInto(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (Array.isArray(value)) return value.length <= MAX_LENGTH;
  // tf calls anything with a tensor's members an instance. Nodes, symbolic tensors and models lead to the whole network.
  return !(value instanceof tf.Tensor || 'outboundLayer' in value || 'sourceLayer' in value || 'layers' in value);
}
