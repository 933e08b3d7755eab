/** Orders texts by their code points, as Python's `sorted` does; `<` of JavaScript compares halves of those above U+FFFF. */
export function byCodePoints(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return rank(a, i) - rank(b, i);
  }
  return a.length - b.length;
}

/** Halves of a pair stand for code points above all others; equal first halves have been passed. */
function rank(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
