/** Words that name the part of a data set that a file belongs to. */
const WORDS = { train: 'train|training', validation: 'validation|valid|val|dev', test: 'test|testing|eval|evaluation' };
const PATTERNS = Object.entries(WORDS).map(
  ([part, words]) => [part, new RegExp(`(^|[^a-z])(${words})([^a-z]|$)`, 'i')] as const,
);

/**
 * Throws if the files of a folder are those of several parts of a data set, for to train on all of them is to train on the
 * test set.
 *
 * @throws RangeError that starts with `who`
 */
export function assertOneSplit(who: string, option: string, folder: string, names: readonly string[]): void {
  const found = PATTERNS.filter(([, pattern]) => names.some((name) => pattern.test(name))).map(([part]) => part);
  if (found.length < 2) return;
  throw new RangeError(
    `${who}: \`${option}\` must be the files of one part, and ${folder} has files of ${found.join(', ')}. List those of one, as an array of paths.`,
  );
}
