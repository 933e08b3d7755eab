import { checkOptions, show as showValue } from '@nfnets/options';
import { ELEMENT_SIZE, isDataType } from './data-types.js';
import { elementCount, show } from './stored-tensor.js';

/** What every tensor of a file is described by. */
interface Described {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/**
 * Throws unless `tensors` can be written so that the format's own readers take them.
 *
 * @param who Name of the function that was called, for the error.
 */
export function assertDescribed(who: string, tensors: readonly Described[]): void {
  if (!Array.isArray(tensors)) {
    throw new TypeError(
      `${who}: \`tensors\` must be a list of { name, dtype, shape, bytes }, got ${showValue(tensors)}. ` +
        'Of a record, Object.entries makes one.',
    );
  }
  for (const [i, tensor] of tensors.entries()) {
    if (typeof tensor !== 'object' || tensor === null) {
      throw new TypeError(`${who}: \`tensors[${i}]\` must be { name, dtype, shape, bytes }, got ${showValue(tensor)}.`);
    }
    const { name, dtype, shape } = tensor as Described;
    assertText(who, `tensors[${i}].name`, name);
    if (!isDataType(dtype)) {
      throw new RangeError(
        `${who}: \`dtype\` of ${show(name)} must be one of ${Object.keys(ELEMENT_SIZE).join(', ')}, got ${showValue(dtype)}.`,
      );
    }
    const count = elementCount(who, name, shape);
    if (!Number.isInteger(count * ELEMENT_SIZE[dtype])) {
      throw new RangeError(
        `${who}: ${show(name)} must fill whole bytes, got ${count} elements of ${ELEMENT_SIZE[dtype] * 8} bits.`,
      );
    }
  }
}

/** Throws unless `metadata` maps text to text, which is all that readers of the format take. */
export function assertMetadata(who: string, metadata: unknown): void {
  const names = typeof metadata === 'object' && metadata !== null ? Object.keys(metadata) : [];
  checkOptions(who, { metadata }, { metadata: METADATA });
  for (const name of names) {
    const value = (metadata as Record<string, unknown>)[name];
    assertText(who, 'a key of metadata', name);
    assertText(who, `metadata.${name}`, value);
  }
}

const METADATA = {
  text: 'an object of texts, such as { format: "pt" }',
  holds: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** Half of a surrogate pair has no UTF-8, and other readers refuse the whole file for it. */
function assertText(who: string, what: string, text: unknown): asserts text is string {
  if (typeof text === 'string' && !/\p{Surrogate}/u.test(text)) return;
  const rule = typeof text === 'string' ? 'whole characters' : 'a text';
  throw new TypeError(`${who}: \`${what}\` must be ${rule}, got ${showValue(text)}.`);
}
