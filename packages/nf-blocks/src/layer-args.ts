import type * as tfl from '@tensorflow/tfjs-layers';

/** What every tf layer takes (`name`, `trainable`, ...), which tfjs-layers does not export by name. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof tfl.layers.Layer>[0]>;
