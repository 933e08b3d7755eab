/**
 * The factor that gives each activation of a standard normal input unit variance: `1 / sqrt(Var f(x))`.
 *
 * These are the authors' Monte Carlo estimates, up to 9e-4 off the exact values, because the released weights were
 * trained with them. Source: Brock et al. 2021, `base.py`; method in Brock et al. 2021 (NF-ResNets), appendix D.
 */
export const GAMMA = {
  identity: 1,
  celu: 1.270926833152771,
  elu: 1.2716004848480225,
  gelu: 1.7015043497085571, // of the tanh approximation
  geluErf: 1.7015043497085571, // the exact gelu; timm takes the same constant
  glu: 1.8484294414520264, // halves the number of channels
  leakyRelu: 1.70590341091156, // slope 0.01
  logSigmoid: 1.9193484783172607,
  logSoftmax: 1.0002083778381348, // over the channels
  relu: 1.7139588594436646,
  relu6: 1.7131484746932983,
  selu: 1.0008515119552612,
  sigmoid: 4.803835391998291,
  silu: 1.7881293296813965,
  softSign: 2.338853120803833,
  softplus: 1.9203323125839233,
  tanh: 1.5939117670059204,
} as const;

/** Name of an activation in {@link GAMMA}. */
export type ActivationName = keyof typeof GAMMA;
