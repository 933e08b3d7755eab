/** What `tsc` took to check types. */
export interface CompilerFigures {
  readonly seconds: number;
  readonly megabytes: number;
  /** Read, those of libraries included. */
  readonly files: number;
  /** Of generic types. */
  readonly instantiations: number;
}

/** The figures in what `tsc --extendedDiagnostics` prints. Throws an `Error` where one is missing. */
export function compilerFigures(printed: string): CompilerFigures {
  const figure = (name: string) => {
    const found = new RegExp(`^${name}:\\s+([\\d.]+)[sK]?$`, 'm').exec(printed);
    if (!found)
      throw new Error(`types: tsc --extendedDiagnostics must print a line \`${name}\`, got ${printed.slice(0, 500)}`);
    return Number(found[1]);
  };
  return {
    seconds: figure('Total time'),
    megabytes: figure('Memory used') / 1000,
    files: figure('Files'),
    instantiations: figure('Instantiations'),
  };
}
