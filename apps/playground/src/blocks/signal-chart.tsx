import { Chart } from '@nfnets/charts';
import { proxy } from 'comlink';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Slider } from '../fields/index.js';
import type { SignalVariance, Training } from '../training/index.js';

const BLOCKS = 24;
const LINES = [
  ['normalizerFree', 'normalizer-free'],
  ['plain', 'without scaled standardization'],
  ['batchNormalized', 'batch-normalized'],
] as const;

interface SignalChartProps {
  readonly training: Training;
  readonly theme: string;
}

/** The signal's variance behind each block of three nets, as the worker computes it. */
export function SignalChart({ training, theme }: SignalChartProps) {
  const [alpha, setAlpha] = useState(0.2);
  const [seed, setSeed] = useState(0);
  const [variances, setVariances] = useState<readonly SignalVariance[]>([]);
  const [error, setError] = useState('');
  const number = useRef(0);
  useEffect(() => {
    const mine = ++number.current;
    setVariances([]);
    setError('');
    const follow = (variance: SignalVariance) => {
      if (mine === number.current) setVariances((before) => [...before, variance]);
    };
    training.runSignal({ blocks: BLOCKS, alpha, seed }, proxy(follow)).catch((problem: Error) => {
      if (mine === number.current) setError(problem.message);
    });
  }, [training, alpha, seed]);
  const lines = useMemo(
    () => LINES.map(([key, label]) => ({ label, points: variances.map((each) => [each.block, each[key]] as const) })),
    [variances],
  );
  const last = variances.at(-1);
  const summary = last
    ? `Variance behind block ${last.block}: ${LINES.map(([key, label]) => `${label} ${last[key].toPrecision(3)}`).join(', ')}.`
    : 'Variance of the signal: not computed yet.';
  return (
    <section aria-labelledby="signal-title" id="signal">
      <h3 id="signal-title">Why blocks are scaled: the signal’s variance by depth</h3>
      <p>
        The same noise through three residual nets with the same random weights. Where branches are just added, every
        block multiplies the variance; with batch normalization, or with the paper’s scaling by α, β and standardized
        weights, every block adds to it.
      </p>
      <div class="buttons">
        <Slider
          id="alpha"
          label="α"
          shown={String(alpha)}
          value={alpha}
          low={0.1}
          high={1}
          step={0.1}
          onChange={setAlpha}
        />
        <button type="button" id="reseed" onClick={() => setSeed(seed + 1)}>
          Other weights
        </button>
      </div>
      <p role="alert" class="problem" hidden={error === ''}>
        {error}
      </p>
      <Chart
        title="Variance of the signal (logarithmic)"
        xTitle="residual blocks"
        lines={lines}
        isLog
        summary={summary}
        theme={theme}
      />
    </section>
  );
}
