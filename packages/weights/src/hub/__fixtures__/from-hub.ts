import { fromHub } from '../../index.js';

/** Downloads as the arguments say, in a process of its own, and prints the path. */
const [repo, options] = process.argv.slice(2);
process.stdout.write(await fromHub(repo!, JSON.parse(options!)));
