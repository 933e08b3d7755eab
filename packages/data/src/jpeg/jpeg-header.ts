import { exifOrientation } from './exif-orientation.js';

/** A component of a JPEG: luma, or one of two differences of colour. */
interface JpegComponent {
  readonly id: number;
  /** Blocks that a unit has of it, across and down. */
  readonly across: number;
  readonly down: number;
  /** The number of its quanta. */
  readonly quanta: number;
}

/** The code of the symbols of one kind: how many there are of each length from 1 to 16, and the symbols. */
export interface HuffmanCode {
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

/** What the markers of a JPEG say before its data. */
export interface JpegHeader {
  readonly height: number;
  readonly width: number;
  readonly components: readonly JpegComponent[];
  /** 64 each, in the order in which coefficients are stored. */
  readonly quanta: readonly Uint8Array[];
  /** Codes of the first and of the other coefficients of each component. */
  readonly codes: readonly { readonly dc: HuffmanCode; readonly ac: HuffmanCode }[];
  /** Units between two markers in the data; 0: there are none. */
  readonly restartInterval: number;
  /** Where the data begin. */
  readonly start: number;
}

const START_OF_FRAME = 0xc0;
const HUFFMAN_CODES = 0xc4;
const START_OF_SCAN = 0xda;
const QUANTA = 0xdb;
const RESTART_INTERVAL = 0xdd;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP14 = 0xee;
const COMMENT = 0xfe;
/** Narrower images have their differences of colour repeated, not interpolated. */
const LEAST_WIDTH = 8;
const MOST_PIXELS = 2 ** 26;

/**
 * Reads the header of a JPEG of the usual kind: baseline, 8 bits, grey or luma and two differences, in one scan, upright.
 * Undefined for any other file, be it another kind or a broken one.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const quanta: Uint8Array[] = [];
  const codes: { dc: HuffmanCode[]; ac: HuffmanCode[] } = { dc: [], ac: [] };
  let frame: Pick<JpegHeader, 'height' | 'width' | 'components'> | undefined;
  let [isJfif, adobeTransform, restartInterval]: [boolean, number | undefined, number] = [false, undefined, 0];
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    const end = at + 2 + (bytes[at + 2]! << 8) + bytes[at + 3]!;
    const segment = bytes.subarray(at + 4, end);
    if (end > bytes.length) return undefined;
    if (marker === START_OF_SCAN) {
      if (!frame || !hasUsualColours(frame.components, isJfif, adobeTransform)) return undefined;
      const ofComponents = codesOfScan(segment, frame.components, codes);
      if (!ofComponents || frame.components.some((each) => !quanta[each.quanta])) return undefined;
      return { ...frame, quanta, codes: ofComponents, restartInterval, start: end };
    }
    let isRead = true;
    if (marker === QUANTA) isRead = readQuanta(segment, quanta);
    else if (marker === HUFFMAN_CODES) isRead = readCodes(segment, codes);
    else if (marker === RESTART_INTERVAL) restartInterval = (segment[0]! << 8) + segment[1]!;
    else if (marker === START_OF_FRAME) {
      isRead = frame === undefined;
      frame = readFrame(segment);
      isRead &&= frame !== undefined;
    } else if (marker === APP0) isJfif ||= startsWith(segment, 'JFIF\0');
    else if (marker === APP1) isRead = !startsWith(segment, 'Exif\0') || exifOrientation(segment.subarray(6)) === 1;
    else if (marker === APP14) {
      if (startsWith(segment, 'Adobe') && segment.length >= 12) adobeTransform = segment[11]!;
    } else isRead = marker === COMMENT || (marker > APP1 && marker <= 0xef);
    if (!isRead) return undefined;
    at = end;
  }
  return undefined;
}

/** Whether the levels are grey, or luma and two differences, as far as libjpeg can tell. */
function hasUsualColours(components: readonly JpegComponent[], isJfif: boolean, adobeTransform?: number): boolean {
  if (components.length === 1 || isJfif) return true;
  if (adobeTransform !== undefined) return adobeTransform === 1;
  return components.every(({ id }, i) => id === i + 1);
}

function readFrame(segment: Uint8Array): Pick<JpegHeader, 'height' | 'width' | 'components'> | undefined {
  const [bits, height, width] = [segment[0]!, (segment[1]! << 8) + segment[2]!, (segment[3]! << 8) + segment[4]!];
  const count = segment[5]!;
  if (bits !== 8 || height < 1 || width < LEAST_WIDTH || height * width > MOST_PIXELS) return undefined;
  if ((count !== 1 && count !== 3) || segment.length !== 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, i) => {
    const [id, factors, ofQuanta] = segment.subarray(6 + 3 * i) as unknown as [number, number, number];
    return { id, across: factors >> 4, down: factors & 15, quanta: ofQuanta };
  });
  // Alone, a component has units of one block, whatever it says.
  if (count === 1) return { height, width, components: [{ ...components[0]!, across: 1, down: 1 }] };
  const [luma, ...differences] = components as [JpegComponent, JpegComponent, JpegComponent];
  const isUsual = luma.across === 2 ? luma.down === 1 || luma.down === 2 : luma.across === 1 && luma.down === 1;
  if (!isUsual || differences.some(({ across, down }) => across !== 1 || down !== 1)) return undefined;
  return { height, width, components };
}

function readQuanta(segment: Uint8Array, quanta: Uint8Array[]): boolean {
  for (let at = 0; at < segment.length; at += 65) {
    // The upper half: quanta of 16 bits.
    if (segment[at]! > 3 || at + 65 > segment.length) return false;
    quanta[segment[at]!] = segment.subarray(at + 1, at + 65);
  }
  return true;
}

function readCodes(segment: Uint8Array, codes: { dc: HuffmanCode[]; ac: HuffmanCode[] }): boolean {
  for (let at = 0; at < segment.length; ) {
    const counts = segment.subarray(at + 1, at + 17);
    const sum = counts.reduce((total, count) => total + count, 0);
    const end = at + 17 + sum;
    const [kind, place] = [segment[at]! >> 4, segment[at]! & 15];
    if (end > segment.length || sum > 256 || kind > 1 || place > 3) return false;
    codes[kind === 0 ? 'dc' : 'ac'][place] = { counts, symbols: segment.subarray(at + 17, end) };
    at = end;
  }
  return true;
}

/** The codes of the components of a scan; undefined unless it has all of them, and all of their coefficients. */
function codesOfScan(
  segment: Uint8Array,
  components: readonly JpegComponent[],
  codes: { dc: HuffmanCode[]; ac: HuffmanCode[] },
): JpegHeader['codes'] | undefined {
  const count = components.length;
  if (segment[0] !== count || segment.length !== 4 + 2 * count) return undefined;
  const [first, last, bits] = segment.subarray(1 + 2 * count);
  if (first !== 0 || last !== 63 || bits !== 0) return undefined;
  const found: { dc: HuffmanCode; ac: HuffmanCode }[] = [];
  for (const [i, { id }] of components.entries()) {
    const [dc, ac] = [codes.dc[segment[2 + 2 * i]! >> 4], codes.ac[segment[2 + 2 * i]! & 15]];
    if (segment[1 + 2 * i] !== id || !dc || !ac) return undefined;
    found.push({ dc, ac });
  }
  return found;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
