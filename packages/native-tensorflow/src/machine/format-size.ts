/** A number of bytes in MB or GB, as disks and pip count them: 273829956 is `274 MB`. */
export function formatSize(bytes: number): string {
  const megabytes = bytes / 1e6;
  if (megabytes >= 1000) return `${(megabytes / 1000).toFixed(1)} GB`;
  return `${megabytes >= 1 ? megabytes.toFixed(0) : megabytes.toFixed(1)} MB`;
}
