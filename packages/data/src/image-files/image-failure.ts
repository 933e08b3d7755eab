/** Why an image cannot be had. */
export interface ImageFailure {
  /** Completes "image 3 must be": what it is not. */
  readonly wanted: string;
  readonly reason: string;
}

/** What goes wrong with one image, and costs that image alone. */
export class ImageError extends Error {
  /** @param wanted Completes "image 3 must be": what it is not. */
  constructor(
    readonly wanted: string,
    reason: unknown,
  ) {
    super(reasonOf(reason), { cause: reason });
  }

  get failure(): ImageFailure {
    return { wanted: this.wanted, reason: this.message };
  }
}

/** What `make` gives; what it throws becomes an ImageError. */
export function blaming<T>(wanted: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof ImageError ? error : new ImageError(wanted, error);
  }
}

/** The first line of a message, for libvips says the same of every broken part; without its full stop, which the sentence around it has. */
function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.trim().split('\n')[0]!.replace(/\.$/, '');
}
