import { selfCheck } from './self-check.js';

// A program of its own: `node run-self-check.js FOLDER` writes what tfjs-node in FOLDER says of itself.
console.log(JSON.stringify(selfCheck(process.argv[2]!)));
