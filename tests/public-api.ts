import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../', import.meta.url));

/** What users import by one name: `@nfnets/data`, `@nfnets/data/node`. */
export interface EntryPoint {
  readonly name: string;
  /** Name of the package. */
  readonly package: string;
  /** Absolute path of the source file. */
  readonly source: string;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | { readonly '@nfnets/source'?: string }>>;
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;

/** Folders of the packages that are published, from the root: `packages/agc`. */
export const packageFolders: readonly string[] = ['packages', 'apps']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .filter((folder) => manifestOf(folder).private !== true);

/** Every entry point of the packages, as their package.json tells. */
export const entryPoints: readonly EntryPoint[] = packageFolders.flatMap((folder) => {
  const { name, exports } = manifestOf(folder);
  return Object.entries(exports).flatMap(([path, target]) => {
    const source = typeof target === 'string' ? undefined : target['@nfnets/source'];
    return source === undefined
      ? []
      : [{ name: name + path.slice(1), package: name, source: join(root, folder, source) }];
  });
});

/** Settings of the compiler with which the repository is checked; packages find each other's sources. */
export function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root).options;
}

/** The exports of an entry point that `program` has read, each as it is declared. */
export function exportsOf(program: ts.Program, { source }: EntryPoint): { name: string; symbol: ts.Symbol }[] {
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(source)!)!);
  return exported.map((symbol) => ({
    name: symbol.name,
    symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  }));
}
