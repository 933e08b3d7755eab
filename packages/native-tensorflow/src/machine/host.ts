/** What decides which native libraries run in this process. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Version of glibc, such as `2.36`; absent elsewhere than on Linux, and on a Linux without it. */
  readonly glibc?: string;
}

/** The host of this process. */
export function describeHost(): Host {
  const { platform, arch } = process;
  if (platform !== 'linux' || process.report === undefined) return { platform, arch };
  // Else the report asks the network for the names of open connections.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = header?.glibcVersionRuntime;
  return { platform, arch, ...(glibc === undefined ? {} : { glibc }) };
}
