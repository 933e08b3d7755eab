/**
 * The endings of image files, in lower case, those of torchvision's `IMG_EXTENSIONS` among them. The first line is what sharp
 * reads, the second what is read here; those of the third cannot be read, and are listed so that they fail by their names.
 */
export const IMAGE_EXTENSIONS: readonly string[] = [
  ...['.jpg', '.jpeg', '.png', '.webp', '.avif', '.gif', '.tif', '.tiff', '.jpe', '.jfif', '.jif', '.apng'],
  ...['.bmp', '.dib', '.ppm', '.pgm', '.pbm', '.pnm'],
  ...['.heic', '.heif', '.hif', '.jxl', '.jp2', '.j2k', '.tga', '.psd', '.exr', '.dng', '.cr2', '.nef', '.arw'],
];

/** Those that an error shows. */
export const USUAL_EXTENSIONS = IMAGE_EXTENSIONS.slice(0, 8);
