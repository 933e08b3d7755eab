/** `npm run soak -- NAME`: runs one of the scripts beside this one. Each prints figures, and ends with 1 where a promise broke. */

const SCRIPTS = ['overhead', 'redis', 'scale', 'slots', 'slurm'];
const [name = '', ...rest] = process.argv.slice(2);
if (!SCRIPTS.includes(name)) {
  console.error(`soak: the script must be one of ${SCRIPTS.join(', ')}, got ${name || 'nothing'}.`);
  process.exit(2);
}
process.argv.splice(2, process.argv.length, ...rest);
await import(`./${name}.ts`);
