import { split } from 'shellwords-ts';

/** What nf-sweeps decides itself, or what would hide its tasks from it, by the long name of sbatch's option. */
const TAKEN: Readonly<Record<string, string>> = {
  'job-name': 'nf-sweeps finds its tasks again by their names',
  array: 'the trials are the array, --parallel of them at a time',
  hold: 'nf-sweeps holds what is not its turn',
  output: 'each trial writes log.txt in its folder',
  requeue: 'trials are always requeued',
  'no-requeue': 'trials are always requeued',
  'open-mode': 'logs are appended to',
  signal: 'trials are told of their time limit two minutes before it',
  wait: 'nf-sweeps waits itself',
  wrap: 'the script is made by nf-sweeps',
  'test-only': 'nothing would run',
  clusters: 'tasks on other clusters are not looked for',
};
const SHORT: Readonly<Record<string, string>> = {
  J: 'job-name',
  a: 'array',
  H: 'hold',
  o: 'output',
  W: 'wait',
  M: 'clusters',
};

/**
 * The words of `text` as a shell splits them. Pure.
 *
 * @throws Error that says why not, where a quote is not closed, an option is one that nf-sweeps gives itself, or a word is none
 */
export function slurmArguments(text: string): string[] {
  const words = text.trim() === '' ? [] : split(text);
  for (const [i, word] of words.entries()) {
    const name = optionName(word);
    const taken = name === undefined ? undefined : takenName(name, word.startsWith('--'));
    if (taken !== undefined) throw new Error(`${word}: ${TAKEN[taken]}.`);
    // sbatch would take it for the script.
    if (name === undefined && !takesNextWord(words[i - 1])) {
      throw new Error(`${JSON.stringify(word)} belongs to no option. Quote values with blanks: --comment='two words'.`);
    }
  }
  return words;
}

/** The name of an option as it is written: `--gres=gpu:1` is `gres`, `-pgpu` is `p`; undefined for another word. */
const optionName = (word: string) => /^--([^=]+)/.exec(word)?.[1] ?? /^-([A-Za-z])/.exec(word)?.[1];

function takenName(name: string, isLong: boolean): string | undefined {
  if (!isLong) return SHORT[name];
  // sbatch takes the beginning of a long option for it, and refuses one that may be several.
  return Object.hasOwn(TAKEN, name) ? name : Object.keys(TAKEN).find((taken) => taken.startsWith(name));
}

/** Whether `word` is an option whose value may follow as a word of its own. */
const takesNextWord = (word: string | undefined) => word !== undefined && /^(?:--[^=]+|-[A-Za-z])$/.test(word);
