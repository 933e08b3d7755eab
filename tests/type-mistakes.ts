import { join } from 'node:path';
import ts from 'typescript';

/**
 * What TypeScript finds wrong in `programs`, each a module of its own in `folder`, where its imports are looked for: a line each, with the
 * program's name.
 */
export function typeMistakes(
  programs: readonly { readonly name: string; readonly code: string }[],
  folder: string,
  options: ts.CompilerOptions,
): string[] {
  const files = new Map(programs.map((program, i) => [join(folder, `program-${i}.ts`), program]));
  const host = ts.createCompilerHost(options);
  const { readFile } = host;
  host.readFile = (path) => {
    const program = files.get(path);
    return program === undefined ? readFile.call(host, path) : `${program.code}\nexport {};\n`;
  };
  const checked = ts.createProgram([...files.keys()], options, host);
  // Of the programs alone: what they import is checked where it is made.
  const found = [...files.keys()].flatMap((path) => {
    const file = checked.getSourceFile(path);
    return [...checked.getSyntacticDiagnostics(file), ...checked.getSemanticDiagnostics(file)];
  });
  return [...checked.getOptionsDiagnostics(), ...found].map(({ file, start, messageText }) => {
    const place = file?.getLineAndCharacterOfPosition(start ?? 0);
    const name = files.get(file?.fileName ?? '')?.name ?? file?.fileName;
    return `${name}, line ${(place?.line ?? 0) + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
