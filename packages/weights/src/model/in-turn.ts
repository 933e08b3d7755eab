/** The last that was begun with each. */
const last = new WeakMap<object, Promise<unknown>>();

/** Runs `act` when all that was begun with `subject` before has ended, well or not: so that no two of them meet half done. */
export function inTurn<Result>(subject: object, act: () => Promise<Result>): Promise<Result> {
  const before = last.get(subject) ?? Promise.resolve();
  const own = before.then(act);
  last.set(
    subject,
    own.catch(() => {}),
  );
  return own;
}
