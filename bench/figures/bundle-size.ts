import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

/** Bytes of a bundle: minified, and what of it goes over the wire. */
export interface BundleSize {
  readonly minified: number;
  readonly gzipped: number;
  /** The packages that the bundle imports. */
  readonly imports: readonly string[];
}

const ENTRY = 'entry-of-bundle.ts';

/**
 * The size of what a page loads at first of `program`: an ES module with all that it imports, resolved from `folder`, but for `external`
 * packages, which the bundle imports, for what is loaded on demand, and for modules of Node's own.
 */
export async function bundleSize(
  program: string,
  folder: string,
  external: readonly string[] = [],
): Promise<BundleSize> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: folder, loader: 'ts', sourcefile: ENTRY },
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // Bundles need no build of the packages.
    conditions: ['@nfnets/source'],
    external: ['node:*', ...external],
    legalComments: 'none',
    logLevel: 'silent',
  });
  const loaded = loadedFirst(metafile);
  const contents = outputFiles.filter(({ path }) =>
    [...loaded].some((file) => path.endsWith(`/${file.split('/').at(-1)}`)),
  );
  const imports = [...loaded].flatMap((file) =>
    metafile.outputs[file]!.imports.filter(({ external, kind }) => external && kind === 'import-statement'),
  );
  const packages = imports.map(({ path }) => /^(@[^/]+\/)?[^/]+/.exec(path)![0]);
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    minified: sum(contents.map((file) => file.contents.length)),
    gzipped: sum(contents.map((file) => gzipSync(file.contents, { level: 9 }).length)),
    imports: [...new Set(packages)].filter((name) => !name.startsWith('node:')).sort(),
  };
}

/** The files of a build that its entry imports, and that these import, without those that are imported on demand. */
function loadedFirst({ outputs }: Metafile): Set<string> {
  const loaded = new Set(Object.keys(outputs).filter((file) => outputs[file]!.entryPoint?.endsWith(ENTRY)));
  for (const file of loaded) {
    for (const { path, kind, external } of outputs[file]!.imports) {
      if (kind === 'import-statement' && !external) loaded.add(path);
    }
  }
  return loaded;
}
