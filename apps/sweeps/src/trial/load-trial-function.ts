import { pathToFileURL } from 'node:url';
import { show } from '@nfnets/options';
import type { MetricsEvent, TrialEvent, TrialFunction, TrialOutcome } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';

/** The trial function of the module `file`, or the training of a network. */
export async function loadTrialFunction(file: string | undefined): Promise<TrialFunction> {
  if (file === undefined) return (await import('./train-trial.js')).trainTrial;
  let module: { readonly default?: unknown };
  try {
    module = await importModule(file);
  } catch (error) {
    throw new SweepError(`${file}: cannot be loaded (${(error as Error).message.split('\n')[0]}).`);
  }
  if (!('default' in module))
    throw new SweepError(
      `${file}: has no default export. Write \`export default async function* (trial, context) { ... }\`.`,
    );
  if (typeof module.default === 'function') return checked(file, module.default as TrialFunction);
  throw new SweepError(`${file}: its default export must be a TrialFunction, got ${show(module.default)}.`);
}

async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  const { href } = pathToFileURL(file);
  try {
    return (await import(href)) as object;
  } catch (error) {
    // A Node that reads no TypeScript by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
    const { createJiti } = await import('jiti');
    return (await createJiti(href, { fsCache: false, interopDefault: false }).import(href)) as object;
  }
}

/** `run` with each thing that it yields and returns looked at, so that what the module does wrong is told by its name. */
const checked = (file: string, run: TrialFunction): TrialFunction =>
  async function* (trial, context) {
    const events: unknown = run(trial, context);
    if (typeof (events as Partial<AsyncGenerator> | null)?.next !== 'function')
      throw new SweepError(
        `${file}: its function must be an async generator (async function*), and returned ${show(await events)}.`,
      );
    let step = 0;
    const made = events as ReturnType<TrialFunction>;
    let isEnded = false;
    try {
      for (;;) {
        const { value, done } = await made.next();
        isEnded = done === true;
        if (done) return checkedOutcome(file, value);
        step = checkedStep(file, value, step);
        yield value;
      }
    } finally {
      // Ended from outside: the time for a last checkpoint.
      if (!isEnded) await made.return({ status: 'done', metrics: {} });
    }
  };

const EVENTS: readonly string[] = ['engine', 'resume', 'step', 'clip', 'metrics', 'epoch'] satisfies (
  | TrialEvent
  | MetricsEvent
)['type'][];
const OUTCOMES: readonly string[] = ['done', 'pruned', 'diverged'] satisfies TrialOutcome['status'][];

/** The step of `event`; throws where that is no event, or does not come after `last`. */
function checkedStep(file: string, event: TrialEvent | MetricsEvent, last: number): number {
  const { type, step, metrics } = (event ?? {}) as { type?: unknown; step?: unknown; metrics?: unknown };
  if (!EVENTS.includes(type as string))
    throw new SweepError(
      `${file}: must yield events, such as { type: 'metrics', step: 1, metrics: { accuracy: 0.5 } }, and yielded ${show(event)}. Types: ${EVENTS.join(', ')}.`,
    );
  if (type === 'engine') return last;
  if (!Number.isInteger(step) || (step as number) < 0)
    throw new SweepError(`${file}: the \`step\` of an event must be a whole number, and ${type} had ${show(step)}.`);
  if (type !== 'metrics') return last;
  if ((step as number) <= last)
    throw new SweepError(`${file}: the \`step\` of metrics must grow, and ${step} came after ${last}.`);
  checkMetrics(file, metrics, `yielded at step ${step}`);
  return step as number;
}

function checkedOutcome(file: string, outcome: TrialOutcome): TrialOutcome {
  const { status, metrics } = (outcome ?? {}) as Partial<TrialOutcome>;
  if (!OUTCOMES.includes(status as string))
    throw new SweepError(
      `${file}: must return { status: 'done', metrics: { accuracy } }, and returned ${show(outcome)}. Statuses: ${OUTCOMES.join(', ')}.`,
    );
  checkMetrics(file, metrics, 'returned');
  return outcome;
}

/** Throws where `metrics` are no numbers; one that is not finite is a result, and told with the trial's. */
function checkMetrics(file: string, metrics: unknown, when: string): void {
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics))
    throw new SweepError(`${file}: its metrics must be numbers by name, and those ${when} were ${show(metrics)}.`);
  const wrong = Object.entries(metrics).find(([, value]) => typeof value !== 'number');
  if (wrong)
    throw new SweepError(`${file}: its metrics must be numbers, and ${wrong[0]} ${when} was ${show(wrong[1])}.`);
}
