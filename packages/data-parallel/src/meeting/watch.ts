/** Share of the timeout after which silence is too long: what follows of it takes time too. */
const SILENCE = 0.8;
/** Signs of life in a timeout. */
const BEATS = 20;

/** Whether a process that should give signs of life has fallen silent. */
export class Watch {
  private heard = performance.now();
  private looked = performance.now();

  constructor(private readonly timeoutSeconds: number) {}

  /** Milliseconds between two signs of life. */
  static interval(timeoutSeconds: number): number {
    return (timeoutSeconds * 1000) / BEATS;
  }

  hear(): void {
    this.heard = performance.now();
  }

  /** To be asked at every interval: while this process itself stood still, nobody could be heard. */
  isSilent(): boolean {
    const now = performance.now();
    const stood = now - this.looked > 5 * Watch.interval(this.timeoutSeconds);
    this.looked = now;
    if (stood) this.heard = now;
    return now - this.heard > SILENCE * this.timeoutSeconds * 1000;
  }
}
