import type { LayersModel, layers } from '@tensorflow/tfjs-layers';

/** The layers of a model, those of models in it before these: the innermost is the best name. */
export function layersOf(model: LayersModel): layers.Layer[] {
  return model.layers.flatMap((layer) => ('layers' in layer ? [...layersOf(layer as LayersModel), layer] : [layer]));
}
