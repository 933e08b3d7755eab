import { describeRandomSteps } from './__fixtures__/compare-random-steps.js';

describeRandomSteps(2);
