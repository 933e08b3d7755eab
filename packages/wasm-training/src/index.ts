import '@tensorflow/tfjs-backend-wasm';
import { registerBinaryKernels } from './binary-kernels.js';
import { registerConvolution3dKernels } from './convolution-3d-kernels.js';
import { registerConvolutionKernels } from './convolution-kernels.js';
import { registerCopyKernels } from './copy-kernels.js';
import { registerDepthwiseKernels } from './depthwise-kernels.js';
import { registerEinsumKernel } from './einsum-kernel.js';
import { registerElementwiseKernels } from './elementwise-kernels.js';
import { registerEmptyAxisKernels } from './empty-axis-kernels.js';
import { registerFusedKernels } from './fused-kernels.js';
import { registerMatmulKernel } from './matmul-kernel.js';
import { registerOtherTypeKernels } from './other-type-kernels.js';
import { registerPoolKernels } from './pool-kernels.js';
import { registerReductionKernels } from './reduction-kernels.js';
import { registerSegmentKernel } from './segment-kernel.js';

// First: the others stand in front of it, and leave to it what is no float32.
registerOtherTypeKernels();
registerBinaryKernels();
registerConvolution3dKernels();
registerConvolutionKernels();
registerCopyKernels();
registerDepthwiseKernels();
registerEinsumKernel();
registerElementwiseKernels();
registerFusedKernels();
registerMatmulKernel();
registerPoolKernels();
registerEmptyAxisKernels();
registerReductionKernels();
registerSegmentKernel();

export { availableThreads, setThreads, type ThreadsChoice } from './set-threads.js';
