import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatSize } from '../machine/format-size.js';
import { fullDisk, SourceError } from '../machine/prepare-errors.js';
import { type Command, firstThatRuns, runProgram } from '../machine/run-program.js';
import { parsePipLine, pipComplaint, sortPipFailure } from './pip-output.js';

const PIPS: readonly Command[] = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];

/** A Python that every TensorFlow since 2.16 has wheels for. Python's version does not matter to the libraries in them. */
const PYTHON_WITH_WHEELS = '3.12';

export interface DownloadOptions {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The pip of this machine. Throws a `SourceError` where there is none. */
export async function findPip(signal: AbortSignal): Promise<Command> {
  const pip = await firstThatRuns(PIPS, signal);
  if (pip) return pip;
  const install = process.platform === 'darwin' ? 'brew install python' : 'apt-get install python3-pip';
  throw new SourceError(`there is no pip. Install it (${install}), or give a wheel with --wheel FILE`);
}

/**
 * Downloads the wheels of `requirements`, without what they depend on, into the new folder `folder`; resolves to their paths.
 *
 * Says the size of each before it comes. Throws a `SourceError` where pip cannot have them.
 */
export async function downloadWheels(
  pip: Command,
  requirements: readonly string[],
  folder: string,
  { say, signal }: DownloadOptions,
): Promise<string[]> {
  const temporary = `${folder}-temporary`;
  await Promise.all([mkdir(folder, { recursive: true }), mkdir(temporary, { recursive: true })]);
  const announcements: Promise<void>[] = [];
  const download = (...options: string[]) =>
    runProgram(
      [
        ...pip,
        'download',
        '--no-deps',
        '--only-binary=:all:',
        '--progress-bar=off',
        '--disable-pip-version-check',
        '--no-input',
        `--dest=${folder}`,
        ...options,
        ...requirements,
      ],
      {
        signal,
        // pip unpacks where TMPDIR says: here it is on the disk that was looked at, and gone with the rest after a kill.
        env: { TMPDIR: temporary, PYTHONUNBUFFERED: '1' },
        onLine: (line) => announcements.push(announce(line, say)),
      },
    );
  let result = await download();
  if (result.code !== 0 && sortPipFailure(result.lines) === 'no wheel') {
    say(`There is no wheel for this Python; asking for the one of Python ${PYTHON_WITH_WHEELS}.`);
    result = await download(`--python-version=${PYTHON_WITH_WHEELS}`);
  }
  await Promise.all(announcements);
  if (result.code !== 0) throw explainFailure(result.lines, requirements);
  return (await readdir(folder)).filter((name) => name.endsWith('.whl')).map((name) => join(folder, name));
}

async function announce(line: string, say: (line: string) => void): Promise<void> {
  const step = parsePipLine(line);
  if (!step) return;
  const size =
    step.action === 'file'
      ? await stat(step.wheel).then(
          (file) => formatSize(file.size),
          () => undefined,
        )
      : step.size;
  const verb = { download: 'Downloading', cache: "Taking from pip's cache:", file: 'Copying' }[step.action];
  say(`${verb} ${basename(step.wheel)}${size === undefined ? '' : `, ${size}`}`);
}

function explainFailure(lines: readonly string[], requirements: readonly string[]): Error {
  const wanted = requirements.join(' ');
  switch (sortPipFailure(lines)) {
    case 'full disk':
      return fullDisk();
    case 'offline':
      return new SourceError(`pip cannot reach its index for ${wanted}. Go online, or give a wheel with --wheel FILE`);
    case 'no wheel':
      return new SourceError(
        `pip finds no wheel of ${wanted}: its index has none for this machine, or cannot be reached. Give a wheel with --wheel FILE`,
      );
    case 'other':
      return new SourceError(`pip could not download ${wanted} (${pipComplaint(lines)})`);
  }
}
