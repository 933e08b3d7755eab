import { assertInRange, type Rule, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { cautiousDirection } from './cautious-direction.js';
import { join, part, planUpdates } from './joined-vectors.js';
import { assertRates, checkArgs, type SlotOptimizerArgs } from './slot-optimizer-args.js';
import { assertEntriesExist, matchName } from './weight-name.js';

/** A gradient or a saved slot by the name of its variable, as tf's optimizers pass them. */
type NamedTensor = { name: string; tensor: tf.Tensor };

/** The tensors that an optimizer keeps for one variable, each of the variable's shape. */
type Slots<Slot extends string> = Readonly<Record<Slot, tf.Variable>>;

/** A weight and its slots, before an update or after it. */
export interface State<Slot extends string> {
  readonly weight: tf.Tensor;
  readonly slots: Readonly<Record<Slot, tf.Tensor>>;
}

/** What an update makes of a state: of a variable with fewer slots, those. */
export interface NextState<Slot extends string> {
  readonly weight: tf.Tensor;
  readonly slots: Readonly<Partial<Record<Slot, tf.Tensor>>>;
}

/** What moves a variable. */
interface Move<Slot extends string, Step> {
  readonly variable: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly slots: Slots<Slot>;
  readonly step: Step;
}

/**
 * What the optimizers of this package have in common: slots that belong to variables, a rate that may be a tensor.
 *
 * tf's own keep slots by position in the list of gradients, so that freezing a layer between two runs gives its momentum
 * to another one; and they count steps in JavaScript, where a compiled step cannot see them.
 *
 * @typeParam Step what the updates of one step share: scalars, made once
 */
export abstract class SlotOptimizer<Slot extends string, Step> extends tf.Optimizer {
  /** What is kept for a variable, and once for all of them (scalars that start at 0). */
  protected abstract readonly slotNames: readonly Slot[];
  protected readonly sharedNames: readonly string[] = [];
  private readonly rateFactors: Readonly<Record<string, number>>;
  private readonly cautious: boolean;
  private rate: number;
  private rateTensor: tf.Scalar | undefined;
  private readonly slots = new Map<tf.Variable, Slots<Slot>>();
  private readonly shared = new Map<string, tf.Variable>();
  /** Loaded slots until the first gradients tell whose they are. */
  private restored: { readonly name: string; readonly variable: tf.Variable }[] = [];
  private savedIterations: tf.Tensor | undefined;
  private areNamesChecked = false;

  protected constructor(
    /** The factory's name, for messages. */
    protected readonly who: string,
    args: SlotOptimizerArgs,
    ownRules: Readonly<Record<string, Rule>>,
  ) {
    super();
    checkArgs(who, args, ownRules);
    const { learningRate, rateFactors = {}, cautious = false } = args;
    assertRates(who, args);
    this.rate = learningRate;
    this.rateFactors = { ...rateFactors };
    this.cautious = cautious;
  }

  // tf.Optimizer calls anything with its methods an instance, and would do so for these classes too.
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: every subclass answers for itself.
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /**
   * Computes the next values of a weight and its slots: of `variable`, or, of an optimizer that `isElementwise`, of several vectors end
   * to end, of which it is the first.
   */
  protected abstract update(
    state: State<Slot>,
    gradient: tf.Tensor,
    step: Step,
    variable: tf.Variable,
  ): NextState<Slot>;

  /** Whether every element of a vector moves by itself, so that vectors may share an update. */
  protected get isElementwise(): boolean {
    return !this.cautious;
  }

  /** What a cautious optimizer makes of the direction that a weight goes down in; of another it stays as it is. */
  protected aligned(direction: tf.Tensor, gradient: tf.Tensor): tf.Tensor {
    return this.cautious ? cautiousDirection(direction, gradient) : direction;
  }

  /** Makes what all updates at this rate share. */
  protected abstract prepare(rate: tf.Scalar): Step;

  /** Moves what is kept once for all variables, before the updates of a step. */
  protected advance(): void {}

  /** Which of `slotNames` a variable has. Small vectors share updates, and have the same. */
  protected slotNamesOf(_variable: tf.Variable): readonly Slot[] {
    return this.slotNames;
  }

  /** The value that a slot starts with. */
  protected startOf(_slot: Slot, variable: tf.Variable): tf.Tensor {
    return tf.zerosLike(variable);
  }

  get learningRate(): number {
    return this.rate;
  }

  setLearningRate(learningRate: number): void {
    assertInRange(this.who, 'learningRate', learningRate, 0);
    this.rate = learningRate;
  }

  /** Runs `update`, whose steps take their learning rate from a tensor: a compiled step has it as an input. */
  withLearningRate<T>(learningRate: tf.Scalar, update: () => T): T {
    const outer = this.rateTensor;
    this.rateTensor = learningRate;
    try {
      return update();
    } finally {
      this.rateTensor = outer;
    }
  }

  /** Moves every variable that has a gradient; gradients by variable name, null where there is none. */
  override applyGradients(gradients: tf.NamedTensorMap | NamedTensor[]): void {
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    const { registeredVariables } = tf.engine();
    const pairs = named.map(({ name, tensor }) => {
      const variable = registeredVariables[name];
      if (variable) return { variable, gradient: tensor };
      throw new RangeError(`${this.who}: gradients must have the names of variables, got ${show(name)}.`);
    });
    this.checkNames(pairs.map(({ variable }) => variable));
    const moving = pairs.filter(({ variable }) => this.factorOf(variable) > 0);
    this.claimRestored(moving.map(({ variable }) => variable));
    tf.tidy(() => {
      this.advance();
      const rate = this.rateTensor ?? tf.scalar(this.rate);
      const steps = new Map<number, Step>();
      const moves: Move<Slot, Step>[] = [];
      for (const { variable, gradient } of moving) {
        const slots = this.slotsOf(variable);
        // tf passes null where there is no gradient, though its types do not say so.
        if (gradient == null) continue;
        const factor = this.factorOf(variable);
        const step = steps.get(factor) ?? this.prepare(factor === 1 ? rate : tf.mul(rate, factor));
        steps.set(factor, step);
        moves.push({ variable, gradient, slots, step });
      }
      const plan = this.isElementwise
        ? planUpdates(
            moves.map(({ variable }) => variable),
            moves.map(({ step }) => step),
          )
        : moves.map((_, i) => [i]);
      // A tidy each: what is computed on the way would else add up to several copies of the weights.
      for (const indices of plan) tf.tidy(() => this.make(indices.map((i) => moves[i]!)));
    });
    this.incrementIterations();
  }

  /** The scalar that is kept under `name` for all variables. */
  protected sharedSlot(name: string): tf.Variable {
    const known = this.shared.get(name);
    if (known) return known;
    const made = tf.tidy(() => tf.variable(tf.scalar(0), false));
    this.shared.set(name, made);
    return made;
  }

  /** The step count as a tensor that belongs to this optimizer: `model.save` asks for one and forgets it. */
  override async saveIterations(): Promise<NamedTensor> {
    this.savedIterations?.dispose();
    const saved = await super.saveIterations();
    this.savedIterations = saved.tensor;
    return saved;
  }

  /** The step count, then `<variable>/<slot>` for one slot after the other, then what is kept for all variables. */
  override async getWeights(): Promise<NamedTensor[]> {
    const iterations = await this.saveIterations();
    if (this.restored.length > 0) {
      return [iterations, ...this.restored.map(({ name, variable }) => ({ name, tensor: variable }))];
    }
    const own = this.slotNames.flatMap((slot) =>
      [...this.slots]
        .filter(([, slots]) => slot in slots)
        .map(([variable, slots]) => ({ name: `${variable.name}/${slot}`, tensor: slots[slot] })),
    );
    const shared = this.slots.size > 0 ? this.sharedNames : [];
    return [iterations, ...own, ...shared.map((name) => ({ name, tensor: this.sharedSlot(name) }))];
  }

  override async setWeights(weights: NamedTensor[]): Promise<void> {
    if (!Array.isArray(weights) || !weights[0]?.tensor) {
      throw new TypeError(`${this.who}: \`weights\` must be what getWeights() gives, got ${show(weights)}.`);
    }
    const slots = await this.extractIterations(weights);
    this.disposeSlots();
    this.restored = slots.map(({ name, tensor }) => ({ name, variable: tf.variable(tensor, false) }));
  }

  override getConfig(): tf.serialization.ConfigDict {
    // As a list: `loadLayersModel` rewrites keys with an underscore, and leaves the value of `name` alone.
    const rateFactors = Object.entries(this.rateFactors).map(([name, factor]) => ({ name, factor }));
    return { learningRate: this.rate, rateFactors, cautious: this.cautious };
  }

  /** Rebuilds the optimizer from its config; tfjs's default passes the options one by one, and puts `customObjects` among them. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { rateFactors, exclude, customObjects: _, ...numbers }: tf.serialization.ConfigDict,
  ): T {
    const factors = rateFactors as unknown as readonly { readonly name: string; readonly factor: number }[];
    const names = exclude as unknown as readonly { readonly name: string }[] | undefined;
    return new cls({
      ...numbers,
      rateFactors: Object.fromEntries(factors.map(({ name, factor }) => [name, factor])),
      ...(names && { exclude: names.map(({ name }) => name) }),
    });
  }

  override dispose(): void {
    this.disposeSlots();
    this.savedIterations?.dispose();
  }

  /** Throws for a name of the options that no variable has. */
  protected checkNames(variables: readonly tf.Variable[]): void {
    if (this.areNamesChecked) return;
    for (const [option, names] of Object.entries(this.namesInOptions())) {
      assertEntriesExist(this.who, option, names, variables);
    }
    this.areNamesChecked = true;
  }

  /** The names of layers and weights in the options, by option. */
  protected namesInOptions(): Readonly<Record<string, readonly string[]>> {
    return { rateFactors: Object.keys(this.rateFactors) };
  }

  private factorOf({ name }: tf.Variable): number {
    let [best, factor] = [0, 1];
    for (const [entry, value] of Object.entries(this.rateFactors)) {
      const match = matchName(entry, name);
      if (match > best) [best, factor] = [match, value];
    }
    return factor;
  }

  /** Assigns the variables and their slots their next values, by one update. */
  private make(moves: readonly Move<Slot, Step>[]): void {
    const { variable, step } = moves[0]!;
    const variables = moves.map((move) => move.variable);
    const slotNames = this.slotNamesOf(variable);
    const slots = slotNames.map((slot) => [slot, join(moves.map((move) => move.slots[slot]))]);
    const state = { weight: join(variables), slots: Object.fromEntries(slots) as State<Slot>['slots'] };
    const next = this.update(state, join(moves.map(({ gradient }) => gradient)), step, variable);
    const assign = (targets: readonly tf.Variable[], joined: tf.Tensor) => {
      for (const [i, value] of part(joined, targets).entries()) targets[i]!.assign(value);
    };
    for (const slot of slotNames) {
      assign(
        moves.map((move) => move.slots[slot]),
        next.slots[slot]!,
      );
    }
    assign(variables, next.weight);
  }

  private slotsOf(variable: tf.Variable): Slots<Slot> {
    const known = this.slots.get(variable);
    if (known) return known;
    const made = this.slotNamesOf(variable).map((slot) => [
      slot,
      tf.tidy(() => tf.variable(this.startOf(slot, variable), false)),
    ]);
    const slots = Object.fromEntries(made) as Slots<Slot>;
    this.slots.set(variable, slots);
    return slots;
  }

  // By position, not by name: the same layer's weight may be called `head/kernel_1` in the process that loads.
  private claimRestored(variables: readonly tf.Variable[]): void {
    if (this.restored.length === 0) return;
    const shapes = (tensors: readonly tf.Tensor[]) => JSON.stringify(tensors.map(({ shape }) => shape));
    const loaded = this.restored.map(({ variable }) => variable);
    const own = loaded.slice(0, loaded.length - this.sharedNames.length);
    const expected = this.slotNames.flatMap((slot) =>
      variables.filter((variable) => this.slotNamesOf(variable).includes(slot)).map((variable) => ({ slot, variable })),
    );
    const expectedShapes = shapes(expected.map(({ variable }) => variable));
    if (shapes(own) !== expectedShapes) {
      throw new Error(
        `${this.who}: the loaded slots have shapes ${shapes(own)} and the variables with gradients ${expectedShapes}. Load them for the model they were saved with.`,
      );
    }
    for (const [i, { slot, variable }] of expected.entries()) {
      this.slots.set(variable, { ...this.slots.get(variable), [slot]: own[i]! } as Slots<Slot>);
    }
    for (const [i, name] of this.sharedNames.entries()) this.shared.set(name, loaded[own.length + i]!);
    this.restored = [];
  }

  private disposeSlots(): void {
    for (const slots of this.slots.values()) tf.dispose(Object.values<tf.Variable>(slots));
    tf.dispose([...this.shared.values(), ...this.restored.map(({ variable }) => variable)]);
    this.slots.clear();
    this.shared.clear();
    this.restored = [];
  }
}
