import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { compilerOptions, entryPoints, exportsOf, root } from './public-api.js';
import { typeMistakes } from './type-mistakes.js';

/*
 * Doc comments are what editors and the API site show. Each function and class that users call says what it does, what each
 * parameter is, with its default, when it throws, and has an example that type-checks.
 */

/** What is no factory: errors are caught, not made. */
const NOT_MADE_BY_USERS = /Error$/;
/** What takes whatever there is, or is called by our own code with constants. */
const NEVER_THROWS: readonly string[] = [
  'GradientTransform',
  'Scratch',
  'availableThreads',
  'integerFrom',
  'numberIn',
  'numberOf',
  'oneOf',
  'prepareProcess',
  'rule',
  'runCommand',
  'show',
];

const program = ts.createProgram(
  entryPoints.map(({ source }) => source),
  compilerOptions(),
);
const checker = program.getTypeChecker();

interface Comment {
  readonly text: string;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
}

const textOf = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined) => ts.getTextOfJSDocComment(comment) ?? '';

/** The doc comment of a declaration. */
function commentOf(declaration: ts.Node): Comment {
  const parts = ts.getJSDocCommentsAndTags(declaration);
  return {
    text: parts
      .filter(ts.isJSDoc)
      .map(({ comment }) => textOf(comment))
      .join('\n'),
    tags: ts.getJSDocTags(declaration).map((tag) => ({
      name: tag.tagName.text,
      text: ts.isJSDocParameterTag(tag) ? `${tag.name.getText()} ${textOf(tag.comment)}` : textOf(tag.comment),
    })),
  };
}

/** A function or class that an entry point exports. */
interface Callable {
  readonly name: string;
  readonly comment: Comment;
  readonly signature: ts.Signature;
  readonly isClass: boolean;
}

function callables(entry: (typeof entryPoints)[number]): Callable[] {
  return exportsOf(program, entry).flatMap(({ name, symbol }) => {
    const declaration = symbol.valueDeclaration;
    if (declaration === undefined) return [];
    const type = checker.getTypeOfSymbol(symbol);
    const isClass = (symbol.flags & ts.SymbolFlags.Class) !== 0;
    const signature = (isClass ? type.getConstructSignatures() : type.getCallSignatures())[0];
    if (signature === undefined) return [];
    // Of overloads the first one has the comment.
    return [{ name, comment: commentOf(symbol.declarations![0]!), signature, isClass }];
  });
}

/** Whether an exported function makes the class and says the rest; one of the two comments names the other. */
const isMadeByFactory = ({ name, comment, signature, isClass }: Callable, all: readonly Callable[]) =>
  isClass &&
  all.some(
    (each) =>
      !each.isClass &&
      checker.getAwaitedType(each.signature.getReturnType())?.symbol === signature.getReturnType().symbol &&
      (each.comment.text.includes(`{@link ${name}}`) || comment.text.includes(`{@link ${each.name}}`)),
  );

const isOurs = (node: ts.Node) => !node.getSourceFile().fileName.includes('/node_modules/');

/** The properties of an object of options, which are documented where they are declared; undefined for other types. */
function optionsOf(parameter: ts.Symbol): ts.Symbol[] | undefined {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  const name = (type.aliasSymbol ?? type.symbol)?.name ?? '';
  return /(Options|Args|Settings|Task)$/.test(name) ? type.getProperties() : undefined;
}

/** What the comments of a callable lack. */
function missing(callable: Callable): string[] {
  const { name, comment, signature } = callable;
  const tagged = (tag: string) => comment.tags.filter((each) => each.name === tag).map(({ text }) => text);
  const lacks: string[] = [];
  if (comment.text.trim() === '') lacks.push('a sentence');
  const described = tagged('param');
  for (const [i, parameter] of signature.getParameters().entries()) {
    const declaration = parameter.valueDeclaration as ts.ParameterDeclaration;
    // `...further: never[]` is there to be left out.
    if (declaration.type?.getText() === 'never[]') continue;
    const options = optionsOf(parameter);
    if (options === undefined) {
      // What is taken apart has no name; its place tells.
      const isNamed = ts.isIdentifier(declaration.name);
      const text = isNamed ? described.find((each) => each.startsWith(`${parameter.name} `)) : described[i];
      if (text === undefined || /^\S+\s*$/.test(text)) lacks.push(`@param ${parameter.name}`);
      else if (declaration.initializer !== undefined && !SAYS_DEFAULT.test(text))
        lacks.push(`the default of ${parameter.name}`);
    }
    for (const option of options ?? []) {
      const declarations = option.declarations ?? [];
      if (!declarations.every(isOurs)) continue;
      const text = declarations.map((each) => commentOf(each).text).join('');
      if (text === '') lacks.push(`a comment of the option ${option.name}`);
      else if (option.flags & ts.SymbolFlags.Optional && !SAYS_DEFAULT.test(text))
        lacks.push(`the default of the option ${option.name}`);
    }
  }
  if (tagged('throws').length === 0 && !NEVER_THROWS.includes(name)) lacks.push('@throws');
  if (tagged('example').length === 0) lacks.push('@example');
  for (const text of tagged('example')) if (!EXAMPLE.test(text)) lacks.push('an @example in a block of ts');
  return lacks;
}

/** How the comments say a default: `Default 0.01.`, `Default none: ...`. */
const SAYS_DEFAULT = /\bDefault (?!:)\S/;
const EXAMPLE = /^\s*```ts\n(?<code>[\s\S]+?)\n```\s*$/;

const factories = entryPoints.map((entry) => {
  const all = callables(entry);
  return {
    entry: entry.name,
    callables: all.filter((each) => !NOT_MADE_BY_USERS.test(each.name) && !isMadeByFactory(each, all)),
  };
});

describe.each(factories.filter(({ callables }) => callables.length > 0))('$entry', ({ callables }) => {
  it.each(callables)('documents $name', (callable) => {
    expect(missing(callable)).toEqual([]);
  });
});

it('shows examples that are sound under strict TypeScript', () => {
  const examples = factories.flatMap(({ entry, callables }) =>
    callables.flatMap(({ name, comment }) =>
      comment.tags.flatMap((tag) => {
        const code = tag.name === 'example' ? tag.text.match(EXAMPLE)?.groups?.['code'] : undefined;
        return code === undefined ? [] : [{ name: `${entry}, ${name}`, code }];
      }),
    ),
  );
  // Beside the examples, which have TensorFlow.js; ours are what they are here.
  const paths = Object.fromEntries(entryPoints.map(({ name, source }) => [name, [source]]));
  expect(typeMistakes(examples, join(root, 'examples'), { ...compilerOptions(), paths, noEmit: true })).toEqual([]);
});
