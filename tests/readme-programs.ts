/** A program that a README shows. */
export interface ReadmeProgram {
  /** `packages/agc/README.md, program 1`. */
  readonly name: string;
  readonly code: string;
  /** Why it is only type-checked, as a comment of the README before it says: `<!-- not run: it downloads weights -->`. */
  readonly notRun?: string;
}

/** A block of TypeScript, with the comment before it. */
const BLOCK = /(?:<!-- not run: (?<reason>[^>]*?) -->\n)?^```ts\n(?<code>[\s\S]*?)^```$/gm;
/** First line of a block that is no program of its own. */
const CONTINUES = '// continues';

/**
 * The programs of the README `path`: each block of TypeScript is one, and a block whose first line is `// continues` goes on with the one
 * before it.
 */
export function readmePrograms(path: string, text: string): ReadmeProgram[] {
  const programs: { code: string; notRun?: string }[] = [];
  for (const { groups } of text.matchAll(BLOCK)) {
    const { code, reason } = groups as { code: string; reason?: string };
    const last = programs.at(-1);
    if (last && code.startsWith(CONTINUES)) last.code += code;
    else programs.push({ code });
    if (reason !== undefined) programs.at(-1)!.notRun = reason;
  }
  return programs.map((program, i) => ({ name: `${path}, program ${i + 1}`, ...program }));
}

/** The packages of `npm install` lines in `text`. */
export const installedBy = (text: string): string[] =>
  [...text.matchAll(/npm (?:install|i) ([^\n`#]+)/g)].flatMap(([, names]) =>
    names!
      .trim()
      .split(/\s+/)
      .filter((name) => !name.startsWith('-')),
  );

/** The packages that `code` imports; without Node's own. */
export const importedBy = (code: string): string[] => [
  ...new Set(
    [...code.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)]
      .map(([, path]) => path!)
      .filter((path) => !path.startsWith('node:'))
      .map((path) => path.match(/^(?:@[^/]+\/)?[^/]+/)![0]),
  ),
];
