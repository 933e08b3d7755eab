// What runs the tensors. In: the name of an engine. Out: whether it works on this machine, tried in a process of its own, how
// fast it is, and what to install for a faster one.

export { assertEngineWorks } from './assert-engine-works.js';
export { type Diagnosis, renderDiagnosis } from './doctor-report.js';
export { ENGINES, type EngineName, MEASURABLE_ENGINES } from './engine-names.js';
export { type EngineProbe, probeEngine } from './probe-engine.js';
export { type ProbeOptions, probeInChild } from './probe-in-child.js';
