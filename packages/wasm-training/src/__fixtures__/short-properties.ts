import fc from 'fast-check';

/** Milliseconds after which a property has seen enough cases, where the suites run on other runtimes too (`tests/runtimes`). */
const LIMIT = 400;

fc.configureGlobal({ interruptAfterTimeLimit: LIMIT });
