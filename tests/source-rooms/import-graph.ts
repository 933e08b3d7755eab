import { posix } from 'node:path';
import ts from 'typescript';

/** Which files each file imports: paths from the root of the repository. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Who imports whom among `files` (text by path), by relative imports: of values and of types, exported again, dynamic, and types in
 * `import('./a.js')`. What is not among `files` is left out: packages, and what a build makes.
 */
export function importGraph(files: ReadonlyMap<string, string>): ImportGraph {
  return new Map(
    [...files].map(([path, text]) => {
      const imported = importsOf(path, text).flatMap((specifier) => {
        const target = posix.join(posix.dirname(path), specifier.replace(/\?.*$/, ''));
        return candidates(target).find((candidate) => files.has(candidate)) ?? [];
      });
      return [path, [...new Set(imported)].sort()];
    }),
  );
}

/** The files that an import of `target` may mean, the likeliest first. */
const candidates = (target: string): string[] => [
  target,
  target.replace(/\.(m?)js$/, '.$1ts'),
  target.replace(/\.js$/, '.tsx'),
  `${target}.ts`,
  `${target}/index.ts`,
];

/** The relative specifiers that the source `text` imports. */
function importsOf(path: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push(specifier.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found.filter((specifier) => specifier.startsWith('.'));
}

/** What names the file, where `node` imports one. */
function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (ts.isExternalModuleReference(node)) return node.expression;
  return undefined;
}
