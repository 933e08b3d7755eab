/** A step that cannot be recorded as a graph, and what to change; it still runs where it is not compiled. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}
