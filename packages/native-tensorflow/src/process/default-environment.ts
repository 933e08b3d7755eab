/**
 * Environment variables that TensorFlow reads, for those that the user has not set: no greetings on stderr, and in a container no more
 * threads than it may use, as TensorFlow counts the machine's processors.
 *
 * @param cpus processors of the machine
 * @param available how many of them this process may use, by its affinity and by a quota
 */
export function defaultEnvironment(cpus: number, available: number): Readonly<Record<string, string>> {
  return {
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...(available < cpus ? { TF_NUM_INTRAOP_THREADS: String(available) } : {}),
  };
}
