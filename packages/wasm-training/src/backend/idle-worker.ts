/** Stands in for the eight workers that tfjs's build for threads makes in case it needs one: it gets no work, and answers that it is ready. */
export class IdleWorker {
  onmessage?: (event: { readonly data: { readonly cmd: string } }) => void;

  postMessage({ cmd }: { readonly cmd: string }): void {
    if (cmd === 'load') queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
  }

  terminate(): void {}
}
