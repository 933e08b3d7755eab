import { show, TensorFileError } from '@nfnets/safetensors';
import { InertObject, inertGlobal, isFillable, PickleGlobal } from './pickle-values.js';

/** What the operations of a pickle take and put back: plain data, and nothing of it is executed. */
export class PickleStack {
  private readonly values: unknown[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, unknown>();

  /**
   * @param refuse Throws with a reason.
   * @param globals What is made of the names that the pickle refers to, by `module.name`. Any other makes inert objects.
   * @param persistent What stands for an object that the pickle names but does not hold.
   */
  constructor(
    private readonly refuse: (reason: string) => never,
    private readonly globals: ReadonlyMap<string, PickleGlobal>,
    private readonly persistent: ((id: unknown) => unknown) | undefined,
  ) {}

  push(value: unknown): void {
    this.values.push(value);
  }

  pop(): unknown {
    this.assertNotEmpty();
    return this.values.pop();
  }

  top(): unknown {
    this.assertNotEmpty();
    return this.values.at(-1);
  }

  mark(): void {
    this.marks.push(this.values.length);
  }

  popToMark(): unknown[] {
    return this.values.splice(this.marks.pop() ?? this.refuse('it goes back to a mark it never made'));
  }

  /** Takes away what was put last, a mark or a value. */
  drop(): void {
    if (this.values.length === this.marks.at(-1)) this.marks.pop();
    else this.pop();
  }

  tuple(items: unknown[]): void {
    this.values.push(Object.freeze(items));
  }

  /** @param key Default: the next number. */
  store(key = this.memo.size): void {
    this.memo.set(key, this.top());
  }

  recall(key: number): void {
    this.values.push(this.memo.has(key) ? this.memo.get(key) : this.refuse(`it recalls ${key}, never stored`));
  }

  lookUp(module: string, name: string): PickleGlobal {
    const path = `${module}.${name}`;
    return this.globals.get(path) ?? inertGlobal(path);
  }

  call(callee: unknown, args: unknown): void {
    // Such as a method that was got from an object.
    if (callee instanceof InertObject) {
      this.values.push(callee);
      return;
    }
    if (!(callee instanceof PickleGlobal) || callee.call === undefined || !Array.isArray(args)) {
      this.refuse('it calls something that is not a function');
    }
    this.values.push(this.attempt(callee.name, () => callee.call!(args)));
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (list instanceof InertObject) return;
    if (!Array.isArray(list) || Object.isFrozen(list)) this.refuse('it appends to what is not a list');
    for (const item of items) list.push(item);
  }

  addItems(items: readonly unknown[]): void {
    const set = this.top();
    if (set instanceof Set) for (const item of items) set.add(item);
    else if (!(set instanceof InertObject)) this.refuse('it adds to what is not a set');
  }

  /** @param items Keys, and behind each its value. */
  setItems(items: readonly unknown[]): void {
    const map = this.top();
    if (map instanceof InertObject) return;
    if (!(map instanceof Map)) this.refuse('it sets a key of what is not a dict');
    if (items.length % 2 === 1) this.refuse('it sets a key without a value');
    for (let i = 0; i < items.length; i += 2) {
      if (typeof items[i] === 'string' && map.has(items[i])) this.refuse(`it sets the key ${show(items[i])} twice`);
      map.set(items[i], items[i + 1]);
    }
  }

  build(): void {
    const state = this.pop();
    const target = this.top();
    if (isFillable(target)) this.attempt('its state', () => target.fill(state));
    // The attributes of an OrderedDict are notes of torch about its modules.
    else if (!(target instanceof Map)) this.refuse('it gives a state to what has none');
  }

  persist(id: unknown): void {
    const { persistent } = this;
    if (persistent === undefined) this.refuse('it names an object outside of it');
    this.values.push(this.attempt('an object outside of it', () => persistent(id)));
  }

  private assertNotEmpty(): void {
    if (this.values.length <= (this.marks.at(-1) ?? 0)) this.refuse('it takes more than it has');
  }

  private attempt<Result>(who: string, act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (error instanceof TensorFileError) throw error;
      return this.refuse(`${who}: ${(error as Error).message}`);
    }
  }
}
