import { KEY_LIMIT, mlflowKey } from './mlflow-batches.js';

/** Gives every name a key of its own among those of one kind: where two would become one, the later gets a hash of its name. */
export class MLflowNames {
  private readonly keys = new Map<string, string>();
  private readonly owners = new Map<string, string>();

  /** @param tell Is told where a name could not keep its key */
  constructor(private readonly tell: (line: string) => void) {}

  keyOf(name: string): string {
    const known = this.keys.get(name);
    if (known !== undefined) return known;
    const plain = mlflowKey(name);
    const owner = this.owners.get(plain);
    const key = owner === undefined ? plain : `${plain.slice(0, KEY_LIMIT - 9)}_${hashOf(name)}`;
    if (owner !== undefined) {
      this.tell(
        `mlflowRun: MLflow's names of \`${owner}\` and \`${name}\` would be the same; \`${name}\` is called \`${key}\`.`,
      );
    }
    this.keys.set(name, key);
    this.owners.set(key, name);
    return key;
  }
}

/** 32 bits of FNV-1a as hexadecimal digits. */
function hashOf(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
