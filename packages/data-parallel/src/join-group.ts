import { availableParallelism } from 'node:os';
import { type Group, JoinedGroup } from './group.js';
import { GroupError } from './group-error.js';
import { Meeting } from './meeting/meeting.js';
import { type JoinOptions, type JoinSettings, joinSettings } from './members/join-options.js';
import { isLoopback } from './members/member.js';
import { findLibrary, loadTensorFlow } from './tensorflow/library.js';
import { startServer } from './tensorflow/server.js';

/**
 * Joins the processes that train together; resolves when all are there and have the same TensorFlow.
 *
 * Each process calls it with the same `hosts` and an `index` of its own, after `useBackend('native')`. Without options it takes both from
 * the environment, and is a group of one where that says nothing: such a group needs no TensorFlow and is allowed everywhere.
 *
 * @param options Who is in the group, and which of them this process is.
 * @throws TypeError or RangeError for options that do not fit; GroupError where a process does not come, differs, or cannot be reached, or
 * there is no native TensorFlow. The message names the process and the difference.
 * @example
 * ```ts
 * import { useBackend } from '@nfnets/backends';
 * import { joinGroup } from '@nfnets/data-parallel';
 *
 * await useBackend('auto');
 * const group = await joinGroup(); // with NFNETS_HOSTS=127.0.0.1:4001,127.0.0.1:4002 and NFNETS_INDEX=0 or 1: two processes
 * console.log(`${group.index} of ${group.size}`);
 * group.leave();
 * ```
 */
export async function joinGroup(options: JoinOptions = {}): Promise<Group> {
  const settings = joinSettings(options, process.env, availableParallelism());
  if (settings.members.length === 1) return new JoinedGroup(settings, undefined);
  return new JoinedGroup(settings, await connect(settings));
}

async function connect(settings: JoinSettings) {
  const { members, index, threads, timeoutSeconds, joinSeconds } = settings;
  const library = findLibrary();
  if (library === undefined) {
    throw new GroupError(
      `joinGroup: a group of ${members.length} processes needs native TensorFlow, and this process has none. Run npx nfnets-native, and await useBackend('native') of @nfnets/backends before joinGroup().`,
    );
  }
  const tensorflow = loadTensorFlow(library);
  const facts = {
    hosts: members.map(({ address }) => address),
    TensorFlow: tensorflow.TF_Version() as string,
    timeoutSeconds,
  };
  const meeting = new Meeting({ members, index, timeoutSeconds, joinSeconds, facts, library });
  try {
    const first = await meeting.join();
    const addresses = members.map(({ address, host }, i) => (i === 0 ? `${bracketed(host)}:${first}` : address));
    const isLocal = members.every(({ host }) => isLoopback(host));
    const target = startServer(tensorflow, { addresses, index, threads }, isLocal);
    await meeting.exchange('the start of the servers', null);
    return { tensorflow, target, meeting };
  } catch (error) {
    meeting.leave();
    throw error;
  }
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);
