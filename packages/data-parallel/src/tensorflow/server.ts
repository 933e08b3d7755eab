import { GroupError } from '../group-error.js';
import { checked, type TensorFlow } from './library.js';
import { hearLoopbackOnly } from './loopback-only.js';
import { type ServerSettings, serverDef } from './server-def.js';

/**
 * Starts this process's server of TensorFlow, which ends with the process: TensorFlow has no way to stop one.
 *
 * @param isLocal whether it is to be closed to the network
 * @returns the target of its sessions
 * @throws GroupError where its port is taken, or it cannot be closed to the network
 */
export function startServer(tensorflow: TensorFlow, settings: ServerSettings, isLocal: boolean): string {
  const address = settings.addresses[settings.index]!;
  // gRPC would go to a proxy of the environment, which knows nothing of these addresses.
  const hosts = settings.addresses.map((each) => each.replace(/:\d+$/, ''));
  process.env['no_grpc_proxy'] = [process.env['no_grpc_proxy'], ...new Set(hosts)].filter(Boolean).join(',');
  const definition = serverDef(settings);
  let server: bigint;
  try {
    server = checked(tensorflow, (status) => tensorflow.TF_NewServer(definition, definition.length, status));
  } catch (error) {
    throw new GroupError(
      `joinGroup: TensorFlow's server does not start at ${address} (${(error as Error).message}). Is the port taken?`,
      { cause: error },
    );
  }
  // Before it answers.
  if (isLocal) hearLoopbackOnly(Number(address.match(/\d+$/)![0]));
  checked(tensorflow, (status) => tensorflow.TF_ServerStart(server, status));
  return tensorflow.TF_ServerTarget(server) as string;
}
