import { freemem } from 'node:os';
import { type Command, MissingError, Participant } from '../processes/participant.js';

/** Someone who takes part in a comparison. */
export interface Contestant {
  readonly name: string;
  /** How to start it; a string says why it cannot be started, and what to install. */
  readonly command: Command | string;
  /** Free memory that it needs, in GB. */
  readonly needsGB?: number;
}

export interface Turns<Round> {
  /** How often each has its turn. */
  readonly rounds: number;
  /** Whether each runs alone, started anew for every turn: for those that would not fit into memory together. */
  readonly alone: boolean;
  /** After a start: what must be done before anything is measured. */
  open(participant: Participant, name: string): Promise<void>;
  /** @param round from 0 */
  round(participant: Participant, name: string, round: number): Promise<Round>;
}

/** What a contestant did: the versions it ran and its rounds, or why it has none. */
export type Outcome<Round> =
  | { readonly version: string; readonly rounds: readonly Round[] }
  | { readonly missing: string }
  | { readonly failed: string };

/**
 * Lets all contestants have their rounds in turn, A B C A B C, so that what slows the machine down slows all of them.
 *
 * Resolves to the outcome of each by its name; one that fails does not keep the others from going on.
 */
export async function takeTurns<Round>(
  contestants: readonly Contestant[],
  turns: Turns<Round>,
): Promise<Map<string, Outcome<Round>>> {
  const rounds = new Map<string, Round[]>(contestants.map(({ name }) => [name, []]));
  const absent = new Map<string, Outcome<Round>>();
  const running = new Map<string, Participant>();
  const versions = new Map<string, string>();
  const attempt = async (name: string, action: () => Promise<void>) => {
    if (absent.has(name)) return;
    try {
      await action();
    } catch (error) {
      const message = (error as Error).message;
      absent.set(name, error instanceof MissingError ? { missing: message } : { failed: message });
      await stop(name);
    }
  };
  const start = async (contestant: Contestant) => {
    const { name } = contestant;
    const participant = new Participant(commandOf(contestant));
    running.set(name, participant);
    versions.set(name, (await participant.reply<{ version: string }>()).version);
    await turns.open(participant, name);
  };
  const stop = async (name: string) => {
    const participant = running.get(name);
    running.delete(name);
    await participant?.close();
  };

  try {
    if (!turns.alone) for (const each of contestants) await attempt(each.name, () => start(each));
    for (let round = 0; round < turns.rounds; round++) {
      for (const contestant of contestants) {
        const { name } = contestant;
        await attempt(name, async () => {
          if (turns.alone) await start(contestant);
          rounds.get(name)!.push(await turns.round(running.get(name)!, name, round));
          if (turns.alone) await stop(name);
        });
      }
    }
  } finally {
    for (const name of [...running.keys()]) await stop(name);
  }
  return new Map(
    contestants.map(({ name }) => [
      name,
      absent.get(name) ?? { version: versions.get(name)!, rounds: rounds.get(name)! },
    ]),
  );
}

function commandOf({ command, needsGB = 0 }: Contestant): Command {
  if (typeof command === 'string') throw new MissingError(command);
  const freeGB = freemem() / 1e9;
  if (freeGB < needsGB) {
    throw new MissingError(`needs ${needsGB} GB of free memory, and ${freeGB.toFixed(1)} GB are free`);
  }
  return command;
}
