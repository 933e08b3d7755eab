/** Red, green and blue of every pixel, row by row. */
export interface DecodedImage {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Decodes a file, or its bytes: turned as its EXIF orientation says, transparency on white, grey and CMYK to RGB, 16 bits to 8;
 * of an animation the first frame.
 *
 * @throws Error when sharp is not installed, or cannot read the file.
 */
export async function decodeWithSharp(source: string | Uint8Array, name: string): Promise<DecodedImage> {
  const sharp = await importSharp(name);
  try {
    const { data, info } = await sharp(source)
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);
    return { data, height: info.height, width: info.width };
  } catch (error) {
    // libvips says the same of every broken part.
    const [reason] = (error as Error).message.trim().split('\n');
    throw new Error(`readImage: cannot read ${name} as an image: ${reason}.`, { cause: error });
  }
}

async function importSharp(name: string) {
  // In a variable, so that a bundler for browsers leaves it out.
  const sharp = 'sharp';
  try {
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ sharp)) as typeof import('sharp');
    return module.default;
  } catch (error) {
    throw new Error(
      `readImage: reading ${name} needs the package sharp: npm install sharp. Or pass a tensor [height, width, 3].`,
      { cause: error },
    );
  }
}
