/** Formats that neither sharp's own builds nor most browsers read, by how their files begin. */
const FORMATS: readonly (readonly [name: string, start: number, texts: readonly string[]])[] = [
  ['HEIC', 4, ['ftyphei', 'ftyphev', 'ftypmif1']],
  ['JPEG XL', 0, ['\xff\x0a', '\0\0\0\x0cJXL ']],
  ['BMP', 0, ['BM']],
  ['a Photoshop file', 0, ['8BPS']],
  ['PDF', 0, ['%PDF']],
  ['a NumPy file', 0, ['\x93NUMPY']],
];

/** The name of the format, not read, of a file that begins with these bytes; undefined where it is none of those known. */
function unreadFormat(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head.subarray(0, 16));
  return FORMATS.find(([, start, texts]) => texts.some((each) => text.startsWith(each, start)))?.[0];
}

/** What an error says of a file that could not be decoded: its format where that is one that is not read, else the decoder's reason. */
export function whyUnread(head: Uint8Array, reason: string): string {
  const format = unreadFormat(head);
  return format === undefined
    ? `${reason}.`
    : `it is ${format}, which is not read (${reason}). Save it as JPEG or PNG.`;
}
