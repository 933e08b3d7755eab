import type { TensorFlowBinding, TensorMetadata } from './tensorflow-binding.js';

/** What a session is asked to do in one call: names of what is fed and of what is fetched. */
export interface Call {
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
  /** Whether the processes of a group meet in it. Default false. */
  readonly isShared?: boolean;
}

/** What graph calls run in. */
export interface GraphSession {
  /** Feeds the tensors `inputs` and returns what was fetched, whose ids are the caller's to delete. */
  run(call: Call, inputs: number[]): TensorMetadata[];
  /** Why the variables are gone; undefined while they are there. */
  readonly lost?: Error | undefined;
  /** Frees the graph and its variables. */
  dispose(): void;
}

/** A TensorFlow session on one graph, whose variables live as long as it does. */
export class Session implements GraphSession {
  private readonly id: number;

  /**
   * @param savedModel the graph, see `encodeSavedModel`
   * @param config how to run it, see `encodeSessionConfig`; a binding that `nfnets-native` did not build ignores it
   * @throws Error with TensorFlow's reason if it does not take the graph
   */
  constructor(
    private readonly binding: TensorFlowBinding,
    savedModel: Uint8Array,
    config?: Uint8Array,
  ) {
    this.id = inTemporaryFolder((folder, { writeFileSync }, { join }) => {
      writeFileSync(join(folder, 'saved_model.pb'), savedModel);
      if (config) writeFileSync(join(folder, 'session_config.pb'), config);
      return binding.loadSavedModel(folder, 'serve');
    });
  }

  run({ feeds, fetches }: Call, inputs: number[]): TensorMetadata[] {
    const name = (node: string) => `${node}:0`;
    return this.binding.runSavedModel(this.id, inputs, feeds.map(name).join(), fetches.map(name).join());
  }

  dispose(): void {
    this.binding.deleteSavedModel(this.id);
  }
}

type FileSystem = typeof import('node:fs');
type Path = typeof import('node:path');

/** tfjs-node reads graphs from a folder only; this one is gone when `use` returns. */
function inTemporaryFolder<T>(use: (folder: string, fs: FileSystem, path: Path) => T): T {
  // Not imported: the package also runs in browsers, where no session is ever made.
  const fs = process.getBuiltinModule('node:fs');
  const path = process.getBuiltinModule('node:path');
  const { tmpdir } = process.getBuiltinModule('node:os');
  let folder: string;
  try {
    folder = fs.mkdtempSync(path.join(tmpdir(), 'compiled-step-'));
  } catch (error) {
    throw new Error(
      `compileStep: the graph goes to TensorFlow through a temporary folder, and none can be made in ${tmpdir()}. Set TMPDIR to a folder that is writable.`,
      { cause: error },
    );
  }
  try {
    return use(folder, fs, path);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
