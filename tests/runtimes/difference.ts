/** Where `actual` differs from `expected`, as a path; numbers may differ by `tolerance`, relative to the larger of 1 and the expected one. */
export function difference(actual: unknown, expected: unknown, tolerance: number, path = ''): string | undefined {
  if (typeof actual === 'number' && typeof expected === 'number') {
    if (Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected))) return undefined;
  } else if (typeof actual === 'object' && typeof expected === 'object' && actual && expected) {
    const [keys, expectedKeys] = [actual, expected].map((each) => Object.keys(each).join());
    if (keys !== expectedKeys) return `${path}: has ${keys} instead of ${expectedKeys}`;
    return Object.entries(expected)
      .map(([key, value]) => difference((actual as Record<string, unknown>)[key], value, tolerance, `${path}/${key}`))
      .find((each) => each !== undefined);
  } else if (Object.is(actual, expected)) {
    return undefined;
  }
  return `${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
}
