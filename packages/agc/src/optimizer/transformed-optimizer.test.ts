import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { disposeOptimizer, inScope, OPTIMIZERS, saveAndLoad } from '../__fixtures__/optimizers.js';
import {
  adaptiveGradClip,
  addDecayedWeights,
  agc,
  GradientTransform,
  type ParamGradient,
  TransformedOptimizer,
  withTransforms,
} from '../index.js';

const SHAPES: Record<string, number[]> = { conv: [2, 2, 3, 4], gain: [4], dense: [5, 3], skip: [], bias: [3] };

function makeVariables(prefix: string): tf.Variable[] {
  return tf.tidy(() =>
    Object.entries(SHAPES).map(([name, shape]) =>
      tf.variable(tf.tensor(goldenValues(name, tf.util.sizeFromShape(shape)), shape), true, `${prefix}/${name}`),
    ),
  );
}

const valuesOf = (variables: readonly tf.Variable[]) => variables.map((variable) => [...variable.dataSync()]);

type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];
type Step = (optimizer: tf.Optimizer, variables: tf.Variable[], step: number) => void;

/** The loss depends on the step; the skip gain has no gradient in every third. */
const lossOf = (variables: tf.Variable[], step: number) => () => {
  const used = step % 3 === 2 ? variables.filter(({ rank }) => rank > 0) : variables;
  const terms = used.map((variable, i) =>
    tf.mean(tf.square(tf.sub(variable, tf.tensor(goldenValues(`${step} ${i}`, variable.size), variable.shape)))),
  );
  return tf.addN(terms) as tf.Scalar;
};

const STEPS: Record<string, Step> = {
  minimize: (optimizer, variables, step) => {
    optimizer.minimize(lossOf(variables, step), false, variables);
  },
  'applyGradients of a NamedTensor[]': (optimizer, variables, step) => {
    const { value, grads } = optimizer.computeGradients(lossOf(variables, step), variables);
    optimizer.applyGradients(variables.map(({ name }) => ({ name, tensor: grads[name]! })));
    tf.dispose([value, grads]);
  },
  'applyGradients of a NamedTensorMap': (optimizer, variables, step) => {
    // Every variable at every step: the bare optimizer mixes up its slots otherwise.
    const { value, grads } = optimizer.computeGradients(lossOf(variables, 0), variables);
    optimizer.applyGradients(grads);
    tf.dispose([value, grads, step]);
  },
};

describe('around every tf optimizer', () => {
  const cases = Object.keys(OPTIMIZERS).flatMap((name) => Object.keys(STEPS).map((step) => ({ name, step })));

  it.each(cases)('$name, $step: the same bits as without it where nothing is clipped', ({ name, step }) => {
    const [bare, wrapped] = [OPTIMIZERS[name]!(), agc(OPTIMIZERS[name]!(), { clipFactor: 1e30 })];
    const [expected, actual] = [makeVariables('a'), makeVariables('b')];
    for (let i = 0; i < 20; i++) {
      STEPS[step]!(bare, expected, i);
      STEPS[step]!(wrapped, actual, i);
    }
    expect(valuesOf(actual).flat().every(Number.isFinite)).toBe(true);
    expect(valuesOf(actual)).toEqual(valuesOf(expected));
    expect(wrapped.iterations).toBe(bare.iterations);
    disposeOptimizer(bare);
    disposeOptimizer(wrapped);
    tf.dispose([expected, actual]);
  });

  it.each(Object.keys(OPTIMIZERS))('%s: leaks nothing per step, and dispose frees what it frees alone', (name) => {
    const variables = makeVariables('v');
    const left = [(optimizer: tf.Optimizer) => optimizer, (optimizer: tf.Optimizer) => agc(optimizer)].map((wrap) => {
      const optimizer = wrap(OPTIMIZERS[name]!());
      const before = tf.memory().numTensors;
      STEPS['minimize']!(optimizer, variables, 0);
      const afterFirst = tf.memory().numTensors;
      for (let i = 1; i < 5; i++) STEPS['minimize']!(optimizer, variables, i);
      expect(tf.memory().numTensors).toBe(afterFirst);
      disposeOptimizer(optimizer);
      return tf.memory().numTensors - before;
    });
    expect(left[1]).toBe(left[0]);
    tf.dispose(variables);
  });

  it.each(Object.keys(OPTIMIZERS))('%s: sets the learning rate of the next step', (name) => {
    const [bare, wrapped] = [OPTIMIZERS[name]!(0.001), agc(OPTIMIZERS[name]!(0.1), { clipFactor: 1e30 })];
    const [expected, actual] = [makeVariables('a'), makeVariables('b')];
    expect(wrapped.learningRate).toBe(0.1);
    wrapped.learningRate = 0.5;
    expect(wrapped.learningRate).toBe(0.5);
    wrapped.setLearningRate(0.001);
    STEPS['minimize']!(bare, expected, 0);
    STEPS['minimize']!(wrapped, actual, 0);
    expect(valuesOf(actual)).toEqual(valuesOf(expected));
    expect((wrapped.optimizer.getConfig() as { learningRate: number }).learningRate).toBe(0.001);
    disposeOptimizer(bare);
    disposeOptimizer(wrapped);
    tf.dispose([expected, actual]);
  });
});

describe('momenta stay with their variables', () => {
  const apply = (optimizer: tf.Optimizer, grads: Record<string, number>) =>
    tf.tidy(() =>
      optimizer.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.scalar(g)]))),
    );
  const zeros = () => tf.tidy(() => ['a', 'b'].map((name) => tf.variable(tf.scalar(0), true, name)));

  it('where a variable has a gradient only in some steps, in any order of keys', () => {
    const variables = zeros();
    const optimizer = withTransforms(tf.train.momentum(1, 0.5));
    apply(optimizer, { a: 1 }); // m_a = 1, a = -1
    apply(optimizer, { b: 10, a: 1 }); // m_a = 1.5, a = -2.5; m_b = 10, b = -10
    apply(optimizer, { b: 10 }); // m_b = 15, b = -25
    apply(optimizer, { a: 1, b: 0 }); // m_a = 1.75, a = -4.25; m_b = 7.5, b = -32.5
    expect(valuesOf(variables)).toEqual([[-4.25], [-32.5]]);
    disposeOptimizer(optimizer);
    tf.dispose(variables);
  });

  it('where a restored optimizer first meets only some of the variables', async () => {
    await inScope(async () => {
      const variables = zeros();
      const first = withTransforms(tf.train.momentum(1, 0.5));
      apply(first, { a: 1 });
      apply(first, { b: 10, a: 1 });
      const second = withTransforms(tf.train.momentum(1, 0.5));
      await second.setWeights(await first.getWeights());
      expect(second.iterations).toBe(2);
      apply(second, { b: 10 }); // m_b = 15, b = -25
      apply(second, { a: 1, b: 0 });
      expect(valuesOf(variables)).toEqual([[-4.25], [-32.5]]);
      disposeOptimizer(first);
      disposeOptimizer(second);
      tf.dispose(variables);
    });
  });

  it('where tfjs-layers lists the weights of a shared layer twice: as without the wrapper', () => {
    const variables = [makeVariables('a'), makeVariables('b')];
    const results = [(o: tf.Optimizer) => o, (o: tf.Optimizer) => withTransforms(o)].map((wrap, k) => {
      const [conv, gain] = variables[k]!;
      const optimizer = wrap(tf.train.momentum(0.1, 0.9));
      for (let i = 0; i < 3; i++) optimizer.minimize(lossOf([conv!, gain!], i), false, [conv!, gain!, conv!]);
      disposeOptimizer(optimizer);
      return valuesOf([conv!, gain!]);
    });
    expect(results[1]).toEqual(results[0]);
    tf.dispose(variables);
  });
});

describe('with model.compile and fit', () => {
  const makeModel = (trainStem = true) =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 1], name: 'stem', trainable: trainStem }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2, name: 'fc_body', activation: 'tanh' }),
        tf.layers.dense({ units: 1, name: 'fc_head' }),
      ],
    });
  const fillWeights = (model: tf.LayersModel) =>
    tf.tidy(() =>
      model.setWeights(
        model.weights.map(({ shape }, i) =>
          tf.tensor(goldenValues(`w${i}`, tf.util.sizeFromShape(shape as number[])), shape as number[]),
        ),
      ),
    );
  const fit = async (model: tf.LayersModel, epochs: number) => {
    const x = tf.tensor(goldenValues('x', 8 * 16), [8, 4, 4, 1]);
    const y = tf.tensor(goldenValues('y', 8), [8, 1]);
    const { history } = await model.fit(x, y, { epochs, batchSize: 8, shuffle: false, verbose: 0 });
    tf.dispose([x, y]);
    return history['loss'] as number[];
  };
  const weightsOf = (model: tf.LayersModel) => model.weights.map((weight) => [...weight.read().dataSync()]);

  it('trains a model, also with a frozen layer, and spares the head in every model of the process', async () => {
    for (const trainStem of [true, false, true]) {
      const model = makeModel(trainStem);
      fillWeights(model);
      const before = weightsOf(model);
      const optimizer = agc(tf.train.sgd(0.1), { clipFactor: 0.01, exclude: ['fc_head', 'stem'] });
      model.compile({ optimizer, loss: 'meanSquaredError' });
      await fit(model, 1);
      const after = weightsOf(model);

      const bare = makeModel(trainStem);
      fillWeights(bare);
      const bareOptimizer = tf.train.sgd(0.1);
      bare.compile({ optimizer: bareOptimizer, loss: 'meanSquaredError' });
      await fit(bare, 1);
      const unclipped = weightsOf(bare);
      const names = model.weights.map(({ originalName }) => originalName);
      names.forEach((name, i) => {
        if (name.startsWith('fc_body')) expect(after[i], name).not.toEqual(unclipped[i]);
        else expect(after[i], name).toEqual(unclipped[i]);
        if (!trainStem && name.startsWith('stem')) expect(after[i]).toEqual(before[i]);
      });

      const losses = await fit(model, 20);
      expect(losses.at(-1)!).toBeLessThan(losses[0]!);
      disposeOptimizer(optimizer);
      disposeOptimizer(bareOptimizer);
      model.dispose();
      bare.dispose();
    }
  });

  // tf has no getWeights for Adamax.
  it.each(Object.keys(OPTIMIZERS).filter((name) => name !== 'adamax'))(
    '%s: a saved and loaded model takes the same next steps',
    async (name) => {
      await inScope(async () => {
        const model = makeModel();
        fillWeights(model);
        const optimizer = withTransforms(
          agc(OPTIMIZERS[name]!(), {
            clipFactor: 0.02,
            eps: 2e-3,
            exclude: ['fc_head/kernel'],
            axes: { fc_body: [0] },
          }),
          addDecayedWeights({ weightDecay: 1e-4, exclude: ['fc_body'] }),
        );
        optimizer.setLearningRate(0.03);
        model.compile({ optimizer, loss: 'meanSquaredError' });
        await fit(model, 3);
        const restored = await saveAndLoad(model);
        expect(restored.optimizer).toBeInstanceOf(TransformedOptimizer);
        expect(restored.optimizer.getConfig()).toEqual(optimizer.getConfig());
        await fit(model, 2);
        await fit(restored, 2);
        // Adam restores beta^t by a power instead of a product: equal but for rounding.
        const tolerance = name === 'adam' ? { absolute: 1e-6 } : { absolute: 0, relative: 0 };
        const [expected, actual] = [weightsOf(model), weightsOf(restored)];
        expect(expected.flat().every(Number.isFinite)).toBe(true);
        expectTensorClose(actual.flat(), expected.flat(), tolerance);
        expect(restored.optimizer.iterations).toBe(5);
        disposeOptimizer(optimizer);
        disposeOptimizer(restored.optimizer);
        model.dispose();
        restored.dispose();
      });
    },
  );

  it('says about Adamax what tf says: it cannot be saved', async () => {
    const optimizer = agc(tf.train.adamax(0.1));
    await expect(optimizer.getWeights()).rejects.toThrow('getWeights() is not implemented for Adamax yet.');
    disposeOptimizer(optimizer);
  });

  it('names a class that is missing on load', () => {
    const config = { optimizer: { name: 'Lion', config: {} }, transforms: [] };
    expect(() => TransformedOptimizer.fromConfig(TransformedOptimizer as never, config)).toThrow(
      'withTransforms: the class `Lion` of a saved optimizer must be registered before loading.',
    );
  });
});

describe('transforms', () => {
  class Scale extends GradientTransform {
    static readonly className = 'Test_Scale';
    constructor(private readonly factor: number) {
      super();
    }
    apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
      return gradients.map(({ grad }) => tf.mul(grad, this.factor));
    }
    getConfig() {
      return { factor: this.factor };
    }
  }
  const step = (...transforms: GradientTransform[]) => {
    const w = tf.tidy(() => tf.variable(tf.tensor1d([1, 1])));
    const optimizer = withTransforms(tf.train.sgd(1), ...transforms);
    tf.tidy(() => optimizer.applyGradients({ [w.name]: tf.tensor1d([3, 4]) }));
    const values = [...w.dataSync()];
    disposeOptimizer(optimizer);
    w.dispose();
    return values;
  };

  it('run left to right, and none at all is allowed', () => {
    const limit = Math.SQRT2 * 0.1;
    expect(step()).toEqual([-2, -3]);
    expectTensorClose(step(new Scale(2), adaptiveGradClip({ clipFactor: 0.1 })), [1 - 0.6 * limit, 1 - 0.8 * limit]);
    expectTensorClose(step(adaptiveGradClip({ clipFactor: 0.1 }), new Scale(2)), [1 - 1.2 * limit, 1 - 1.6 * limit]);
  });

  it('give their gradients back before the next one runs', () => {
    const sizes: number[] = [];
    class Count extends Scale {
      override apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
        sizes.push(tf.memory().numTensors);
        return super.apply(gradients);
      }
    }
    step(new Count(1), new Count(1), new Count(1));
    // The caller's, and one set of intermediate gradients.
    expect(sizes.map((size) => size - sizes[0]!)).toEqual([0, 1, 1]);
  });

  it('must return one tensor of the same shape for each gradient', () => {
    const bad = (result: (gradients: readonly ParamGradient[]) => tf.Tensor[]) =>
      new (class extends Scale {
        override apply = result;
      })(1);
    const left: tf.Variable[] = [];
    const fail = (transform: GradientTransform, message: string) => {
      const w = tf.tidy(() => tf.variable(tf.tensor1d([1, 1]), true, 'fc/w'));
      left.push(w);
      const optimizer = withTransforms(tf.train.sgd(1), transform);
      expect(() => tf.tidy(() => optimizer.applyGradients({ [w.name]: tf.tensor1d([3, 4]) }))).toThrow(message);
      disposeOptimizer(optimizer);
      w.dispose();
    };
    fail(
      bad(() => []),
      'Test_Scale: `apply` must return one tensor per gradient (1), got 0.',
    );
    fail(
      bad(() => [tf.scalar(1)]),
      "Test_Scale: `apply` must keep the shape [2] of the gradient of 'fc/w', got [].",
    );
  });
});

describe('bad input', () => {
  it.each([
    ['sgd', '"sgd"'],
    [null, 'null'],
    [undefined, 'undefined'],
    [adaptiveGradClip(), 'an instance of AdaptiveGradClip'],
    [agc, 'the function agc'],
  ])('refuses to wrap %o', (optimizer, shown) => {
    expect(() => withTransforms(optimizer as unknown as tf.Optimizer)).toThrow(
      `withTransforms: \`optimizer\` must be a tf.Optimizer such as tf.train.momentum(0.1, 0.9, true), got ${shown}.`,
    );
  });

  it.each([[adaptiveGradClip], [{ clipFactor: 0.01 }], [null], [0.01]])('refuses %o as a transform', (transform) => {
    const optimizer = tf.train.sgd(1);
    expect(() => withTransforms(optimizer, transform as unknown as GradientTransform)).toThrow(
      /^withTransforms: `transforms` must be gradient transforms such as adaptiveGradClip\(\), got /,
    );
    disposeOptimizer(optimizer);
  });

  it('is an instance of its class, and other optimizers are not', () => {
    const [bare, wrapped] = [tf.train.sgd(1), agc(tf.train.sgd(1))];
    expect(wrapped instanceof TransformedOptimizer).toBe(true);
    expect(wrapped instanceof tf.Optimizer).toBe(true);
    expect((bare as unknown) instanceof TransformedOptimizer).toBe(false);
    disposeOptimizer(bare);
    disposeOptimizer(wrapped);
  });

  it('names a gradient without a variable', () => {
    const optimizer = agc(tf.train.sgd(1));
    const apply = (gradients: Gradients) => tf.tidy(() => optimizer.applyGradients(gradients));
    expect(() => tf.tidy(() => apply({ nowhere: tf.scalar(1) }))).toThrow(
      "withTransforms: every gradient must belong to a variable, got 'nowhere', which does not exist.",
    );
    disposeOptimizer(optimizer);
  });

  it('says where there is no learning rate to set', () => {
    class Fixed extends tf.Optimizer {
      static readonly className = 'Fixed';
      applyGradients() {}
      getConfig() {
        return {};
      }
    }
    const optimizer = agc(new Fixed());
    const message = 'withTransforms: `learningRate` must be a number on the wrapped optimizer, but Fixed has none.';
    expect(() => optimizer.learningRate).toThrow(message);
    expect(() => optimizer.setLearningRate(0.1)).toThrow(message);
  });
});
