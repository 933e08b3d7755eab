import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit, type YAMLError, type YAMLMap } from 'yaml';
import { SweepError } from '../sweep-error.js';

/** The nodes of one config file. */
export interface ParsedConfig {
  readonly root: YAMLMap;
  /** `file:line:column` of an offset; of undefined, the file. */
  place(offset: number | undefined): string;
}

/** Sections in sections; the schema knows six. */
const DEEPEST = 64;

/**
 * Parses the YAML or JSON `text` of a config. Throws a `SweepError` for bad syntax, and for what YAML offers beyond plain
 * values: aliases (which can blow a file up), tags, keys that are no text.
 */
export function parseConfigText(file: string, text: string): ParsedConfig {
  const lines = new LineCounter();
  const place = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${file}:${line}:${col}`;
  };
  assertShallow(file, text);
  const isJson = /\.json$/i.test(file);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  if (isJson) assertJson(text, (offset) => place(offset));
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0) throw new SweepError(describeErrors(errors, place));
  const { contents } = document;
  if (!isMap(contents)) {
    throw new SweepError(`${file}:1:1: a sweep config must be "key: value" lines. It begins with name: and trial:.`);
  }
  assertPlain(contents, place);
  return { root: contents, place };
}

type PlaceOf = (offset: number) => string;

/** What to do about errors of the YAML library, by its codes. */
const ADVICE: Readonly<Record<string, string>> = {
  BAD_INDENT: 'Keys of one section must begin in the same column',
  BLOCK_AS_IMPLICIT_KEY: 'A line may hold one "key: value"; quote text that has ": " in it',
  BAD_SCALAR_START: 'Quote text that begins with a special character',
  BAD_DQ_ESCAPE: "Write \\\\ for a backslash, or use 'single quotes'",
  MISSING_CHAR: 'Check that every bracket, brace and quote is closed, and that items have commas between them',
  MULTILINE_IMPLICIT_KEY: 'A key must end with ":" on its own line',
  TAG_RESOLVE_FAILED: 'Take the tag (the word that begins with "!") away',
  UNEXPECTED_TOKEN: 'Check the brackets, and quote text that holds special characters',
};

function describeErrors(errors: readonly YAMLError[], place: PlaceOf): string {
  // Everything after a tab is misread: those errors would only hide it.
  const tab = errors.find(({ code }) => code === 'TAB_AS_INDENT');
  if (tab) return `${place(tab.pos[0])}: YAML allows no tabs as indentation. Use spaces.`;
  return errors
    .map(({ code, message, pos }) => {
      if (code === 'MULTIPLE_DOCS') return `${place(pos[0])}: a config must be one document. Take the --- away.`;
      if (code === 'DUPLICATE_KEY') return `${place(pos[0])}: this key stands above already. Leave one of them out.`;
      const advice = ADVICE[code] ?? 'Check the line above, and quote text that holds special characters';
      return `${place(pos[0])}: ${message.trim().replace(/\.$/, '')}. ${advice}.`;
    })
    .join('\n');
}

/** A parser that recurses must not be led down a million brackets. */
function assertShallow(file: string, text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '[' || letter === '{') depth++;
    else if (letter === ']' || letter === '}') depth--;
    const isDeep = depth > DEEPEST || (letter === '\n' && /^ {200}/.test(text.slice(i + 1, i + 201)));
    if (!isDeep) continue;
    const before = text.slice(0, i + 1).split('\n');
    throw new SweepError(
      `${file}:${before.length}:${before.at(-1)!.length || 1}: sections must be nested at most ${DEEPEST} deep. Is it the right file?`,
    );
  }
}

/** YAML reads more than JSON is: comments, missing quotes. A .json file must be read by others too. */
function assertJson(text: string, place: PlaceOf): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const offset = /position (\d+)/.exec(message)?.[1];
    const problem = message
      .replace(/ in JSON at position.*| \(line.*/s, '')
      .replace(/, "?\.{0,3}[\s\S]*is not valid JSON$/, '');
    throw new SweepError(
      `${place(offset === undefined ? text.length : Number(offset))}: not valid JSON: ${problem}. Mend it, or name the file .yaml, which allows more.`,
    );
  }
}

function assertPlain(root: YAMLMap, place: PlaceOf): void {
  visit(root, (key, node) => {
    if (isAlias(node)) {
      throw new SweepError(
        `${place(node.range![0])}: must be a value, got the alias *${node.source}. Write \${key.path} to refer to another key.`,
      );
    }
    if (key === 'key' && !(isScalar(node) && typeof node.value === 'string')) {
      // A number is a fine name: `1:` is "1".
      if (isScalar(node) && typeof node.value === 'number') return;
      const at = (node as { range?: [number] } | null)?.range?.[0] ?? root.range![0];
      throw new SweepError(`${place(at)}: a key must be text. Quote it, or take it away.`);
    }
  });
}
