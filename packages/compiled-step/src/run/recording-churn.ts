/** Calls that a recording must last for to have been worth it. */
const WORTH = 10;
/** How many recordings in a row may be outdated sooner. */
const PATIENCE = 3;

/** Tells when what a step reads changes so often that recording the step anew costs more than it saves. */
export class RecordingChurn {
  private calls = 0;
  private inVain = 0;

  /** A call was made. */
  count(): void {
    this.calls++;
  }

  /** What was recorded is outdated; answers whether to give up. */
  outdated(): boolean {
    this.inVain = this.calls < WORTH ? this.inVain + 1 : 0;
    this.calls = 0;
    return this.inVain >= PATIENCE;
  }
}
