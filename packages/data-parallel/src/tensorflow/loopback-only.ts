import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import koffi from 'koffi';
import { GroupError } from '../group-error.js';

// Of Linux's socket.h.
const [SOL_SOCKET, SO_BINDTODEVICE] = [1, 25];
/** State of a socket that listens, in /proc/net/tcp. */
const LISTENS = '0A';

/**
 * Has the sockets of this process that listen at `port` hear the loopback device alone. TensorFlow's server listens on every interface,
 * whatever address it is given; what comes from elsewhere is then answered as if nobody listened.
 *
 * @throws GroupError where the system does not let it
 */
export function hearLoopbackOnly(port: number): void {
  const device = Buffer.from('lo\0');
  const setsockopt = koffi.load(null).func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32_t']);
  const sockets = listeningAt(port);
  const isDone =
    sockets.length > 0 &&
    sockets.every((socket) => setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, device, device.length) === 0);
  if (isDone) return;
  throw new GroupError(
    `joinGroup: TensorFlow's server listens on every interface at port ${port}, and this system does not let it be closed to the network (Linux 5.7 or later does). Where the network is closed to all others, pass trustNetwork: true.`,
  );
}

/** Descriptors of this process's sockets that listen at `port`. */
function listeningAt(port: number): number[] {
  if (process.platform !== 'linux') return [];
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set(
    ['/proc/self/net/tcp', '/proc/self/net/tcp6'].flatMap((table) => {
      const rows = read(table).split('\n').slice(1);
      const fields = rows.map((row) => row.trim().split(/\s+/));
      return fields.flatMap(([, local, , state, , , , , , inode]) =>
        local?.endsWith(ending) && state === LISTENS ? [`socket:[${inode}]`] : [],
      );
    }),
  );
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return inodes.has(readlinkSync(`/proc/self/fd/${descriptor}`)) ? [Number(descriptor)] : [];
    } catch {
      // That of the folder itself, which is closed by now.
      return [];
    }
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
