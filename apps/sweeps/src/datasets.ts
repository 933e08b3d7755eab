/** The labelled image sets a trial can be trained on, with how many images each holds. */
export const DATASETS = {
  mnist: { images: 10_000, classes: 10 },
} as const;

/** Name of a data set a trial can be trained on. */
export type DatasetName = keyof typeof DATASETS;
