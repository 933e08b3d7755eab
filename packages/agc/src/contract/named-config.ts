import * as tf from '@tensorflow/tfjs-core';

/**
 * A text as it must stand in a saved config: `loadLayersModel` rewrites every other string with an underscore
 * (`fc_head` becomes `fcHead`), keys included, but leaves the value of `name` alone.
 */
export type Named = { readonly name: string };

/** Wraps texts so that they survive a saved model. */
export function toNamed(names: readonly string[]): { name: string }[] {
  return names.map((name) => ({ name }));
}

/** Undoes {@link toNamed}. */
export function namesOf(value: unknown): string[] {
  return (value as readonly Named[]).map(({ name }) => name);
}

/** The class name and config of `object`, as {@link objectFromConfig} reads them. */
export function objectToConfig(object: tf.serialization.Serializable): tf.serialization.ConfigDict {
  return { name: object.getClassName(), config: object.getConfig() };
}

/** Makes the object that {@link objectToConfig} described; its class must be registered. */
export function objectFromConfig<T extends tf.serialization.Serializable>(value: unknown): T {
  const { name, config } = value as Named & { readonly config: tf.serialization.ConfigDict };
  const entry = tf.serialization.SerializationMap.getMap().classNameMap[name];
  if (entry === undefined) {
    throw new Error(
      `withTransforms: the class \`${name}\` of a saved optimizer must be registered before loading. ` +
        'Import the package that defines it, or call tf.serialization.registerClass.',
    );
  }
  const [cls, fromConfig] = entry;
  return fromConfig(cls, config) as T;
}
