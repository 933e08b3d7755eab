/**
 * Which room of the sweep app may import which, by the table `| room | from → to | imports |` of ARCHITECTURE.md. `all` is every
 * other room.
 */
export function roomArrows(architecture: string): Readonly<Record<string, readonly string[]>> {
  const [, table = ''] = architecture.split('| room | from → to | imports |\n');
  const rows = [...table.split('\n\n')[0]!.matchAll(/^\| `([a-z]+)` \|.*\| ([a-z, ]*)\|$/gm)].map(
    ([, room, imports]) => [room!, imports!.split(',').flatMap((name) => name.trim() || [])] as const,
  );
  const rooms = rows.map(([room]) => room);
  return Object.fromEntries(
    rows.map(([room, imports]) => [room, imports[0] === 'all' ? rooms.filter((other) => other !== room) : imports]),
  );
}
