/** Levels of objects and lists that are looked into: deeper ones cost memory, and no header has them. */
const DEEPEST = 4;

/**
 * Finds a key that an object of `json` has twice, which JSON.parse would pass over; undefined if there is none.
 *
 * @param json A text that JSON.parse takes.
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '{' || character === '[') {
      if (depth++ < DEEPEST) open.push(new Set());
    } else if (character === '}' || character === ']') {
      if (--depth < DEEPEST) open.pop();
    }
    if (character !== '"') continue;
    const start = i++;
    while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
    let next = i + 1;
    while (' \t\n\r'.includes(json[next] ?? 'x')) next++;
    if (json[next] !== ':' || depth > DEEPEST) continue;
    const key = JSON.parse(json.slice(start, i + 1)) as string;
    const keys = open.at(-1)!;
    if (keys.has(key)) return key;
    keys.add(key);
  }
  return undefined;
}
