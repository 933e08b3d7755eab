import type { CoverageTable } from './coverage-table.js';

/** Of the authors' code: reading, cropping, mixing and augmenting images. */
export const DEEPMIND_DATA: readonly CoverageTable[] = [
  {
    title: '`dataset.py`',
    names: 'dataset.py',
    rows: [
      ['load', 'imageLoader'],
      [
        ['Split', '_to_tfds_split'],
        ['split', 'randomPart'],
        'parts are drawn by a seed; the authors take the first 10,000 training images for validation',
      ],
      ['_shard', 'no', 'training runs on one device'],
      ['_preprocess_image', 'imageLoader', '`augment` for training, `crop` for evaluation'],
      ['_augment_image', 'parseAugmentName'],
      ['_normalize_image', 'imageLoader', '`normalization`'],
      [
        ['_distorted_bounding_box_crop', '_decode_and_random_crop'],
        ['randomResizedCrop', 'drawCropBox'],
        'where no box fits, the whole image; the authors then crop the centre',
      ],
      ['_decode_and_center_crop', ['evaluationImage', 'preprocess'], "`'crop_resize'`"],
      [
        '_decode_and_resize_then_crop',
        ['evaluationImage', 'preprocess'],
        "`'resize_crop_32'`; no other margin, no share",
      ],
      [['crop', 'get_shape'], 'cropAndResize', 'of a JPEG `imageLoader` makes the pixels of the crop alone'],
      ['my_mixup', ['mixPair', 'planMix']],
      [
        ['my_cutmix', 'cutmix_padding'],
        ['mixPair', 'cutMixBox'],
      ],
      ['my_mixup_cutmix', 'planMix', 'half by mixup, half by CutMix'],
      ['mixup_or_cutmix', 'no', 'the authors do not call it'],
    ],
  },
  {
    title: '`autoaugment.py`',
    names: 'autoaugment.py',
    about: 'The operations give the bytes of TensorFlow.',
    rows: [
      [
        [
          'cutout',
          'solarize',
          'solarize_add',
          'color',
          'contrast',
          'brightness',
          'posterize',
          'rotate',
          'translate_x',
          'translate_y',
          'shear_x',
          'shear_y',
          'autocontrast',
          'sharpness',
          'equalize',
          'invert',
        ],
        'augmentOp',
      ],
      ['blend', 'blendLevel'],
      [['wrap', 'unwrap'], 'augmentOp', '`fill` of a style'],
      [
        [
          'level_to_arg',
          '_randomly_negate_tensor',
          '_rotate_level_to_arg',
          '_shrink_level_to_arg',
          '_enhance_level_to_arg',
          '_shear_level_to_arg',
          '_translate_level_to_arg',
        ],
        'opArgument',
      ],
      [
        [
          'policy_v0',
          'distort_image_with_autoaugment',
          'build_and_apply_nas_policy',
          'select_and_apply_random_policy',
          '_parse_policy_info',
          '_apply_func_with_prob',
        ],
        'autoAugment',
      ],
      ['policy_vtest', 'no', 'a policy for debugging'],
      ['distort_image_with_randaugment', 'randAugment'],
    ],
  },
];
