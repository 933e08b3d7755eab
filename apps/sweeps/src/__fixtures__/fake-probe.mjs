// Stands in for `nf-sweeps` in a probe: `fake-probe.mjs probe-engine ENGINE [--measure]` does with each engine something else.
const [, , , engine, option] = process.argv;
const works = {
  isAvailable: true,
  chosen: engine === 'auto' ? 'wasm' : engine,
  reason: `the reason of ${engine}; not native: of no interest here`,
  versions: { tfjs: '4.22.0' },
  threads: 1,
};
switch (engine) {
  case 'native-gpu':
    process.stderr.write('one line\nlibcuda is cursed\n');
    process.kill(process.pid, 'SIGSEGV');
    break;
  case 'native':
    process.stderr.write('it threw\n');
    process.exit(3);
    break;
  case 'webgpu':
    setInterval(() => {}, 1000);
    break;
  default:
    process.send({ engine, ...works, ...(option === '--measure' ? { gigaflops: engine === 'wasm' ? 10 : 30 } : {}) });
}
