/** The leaves of `value` by dotted path. */
export function flat(value: Readonly<Record<string, unknown>>, path = ''): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, item]) =>
      item !== null && typeof item === 'object'
        ? flat(item as Record<string, unknown>, `${path}${key}.`)
        : { [path + key]: item },
    ),
  );
}
