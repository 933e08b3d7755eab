import { protobuf } from '@nfnets/compiled-step/graph-bytes';

// Field numbers of TensorFlow's tensorflow_server.proto, cluster.proto and config.proto.

const JOB = 'worker';
const { message, bytes, text, integer } = protobuf;

/** What a process's server of TensorFlow is made of. */
export interface ServerSettings {
  /** Addresses of all servers, by index. */
  readonly addresses: readonly string[];
  readonly index: number;
  readonly threads: number;
}

/** `ConfigProto` of a session that runs on this process's devices and has its reductions agreed on at the first process. */
export function sessionConfig({ index, threads }: Pick<ServerSettings, 'index' | 'threads'>): Uint8Array {
  const experimental = message((writer) => text(writer, 1, `/job:${JOB}/replica:0/task:0`));
  return message((writer) => {
    integer(writer, 2, threads);
    text(writer, 4, `/job:${JOB}/task:${index}`);
    bytes(writer, 16, experimental);
  });
}

/** `ServerDef`. */
export function serverDef(settings: ServerSettings): Uint8Array {
  const job = message((writer) => {
    text(writer, 1, JOB);
    for (const [index, address] of settings.addresses.entries()) {
      bytes(
        writer,
        2,
        message((entry) => {
          integer(entry, 1, index);
          text(entry, 2, address);
        }),
      );
    }
  });
  return message((writer) => {
    bytes(
      writer,
      1,
      message((cluster) => bytes(cluster, 1, job)),
    );
    text(writer, 2, JOB);
    integer(writer, 3, settings.index);
    bytes(writer, 4, sessionConfig(settings));
    text(writer, 5, 'grpc');
  });
}
