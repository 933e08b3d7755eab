/** A signal that aborts, with the reason as text, when this process is asked to end its trial, or its parent goes away. */
export function listenForStop(): AbortSignal {
  const controller = new AbortController();
  const stop = (why: string) => {
    if (!controller.signal.aborted) controller.abort(why);
  };
  // SIGUSR1 is how Slurm warns of the time limit.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const) process.on(name, () => stop(`interrupted (${name})`));
  process.on('message', (message: { type?: string }) => {
    if (message?.type === 'stop') stop('the sweep was stopped');
  });
  const onParentGone = () => stop('the sweep process went away');
  process.on('disconnect', onParentGone);
  // It may have gone while this process was still loading.
  if (process.send && !process.connected) onParentGone();
  // With the parent gone nobody reads the output; without this the first line printed would be an error.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  return controller.signal;
}
