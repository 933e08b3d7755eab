import '@tensorflow/tfjs-backend-wasm';
import { coverOtherKernels } from './backend/replace-kernel.js';
import { registerConvolution3dKernels } from './convolution/convolution-3d-kernels.js';
import { registerConvolutionKernels } from './convolution/convolution-kernels.js';
import { registerDepthwiseKernels } from './convolution/depthwise-kernels.js';
import { registerFusedKernels } from './convolution/fused-kernels.js';
import { registerCopyKernels } from './copy/copy-kernels.js';
import { registerFillKernels } from './copy/fill-kernels.js';
import { registerPadKernel } from './copy/pad-kernel.js';
import { registerShareKernels } from './copy/share-kernels.js';
import { registerStridedKernels } from './copy/strided-kernels.js';
import { registerBatchNormKernel } from './elementwise/batch-norm-kernel.js';
import { registerBinaryKernels } from './elementwise/binary-kernels.js';
import { registerCastKernel } from './elementwise/cast-kernel.js';
import { registerComparisonKernels } from './elementwise/comparison-kernels.js';
import { registerElementwiseKernels } from './elementwise/elementwise-kernels.js';
import { registerOtherTypeKernels } from './elementwise/other-type-kernels.js';
import { registerEinsumKernel } from './matmul/einsum-kernel.js';
import { registerMatmulKernel } from './matmul/matmul-kernel.js';
import { registerPoolKernels } from './pooling/pool-kernels.js';
import { registerRecordStep } from './program/record-step.js';
import { registerAlongAxisKernels } from './reduction/along-axis-kernels.js';
import { registerEmptyAxisKernels } from './reduction/empty-axis-kernels.js';
import { registerReductionKernels } from './reduction/reduction-kernels.js';
import { registerSegmentKernel } from './reduction/segment-kernel.js';

// First: the others stand in front of it, and leave to it what is no float32.
registerOtherTypeKernels();
registerBatchNormKernel();
registerBinaryKernels();
registerCastKernel();
registerComparisonKernels();
registerConvolution3dKernels();
registerConvolutionKernels();
registerCopyKernels();
registerDepthwiseKernels();
registerEinsumKernel();
registerElementwiseKernels();
registerFillKernels();
registerFusedKernels();
registerMatmulKernel();
registerPadKernel();
registerPoolKernels();
registerEmptyAxisKernels();
// In front of it.
registerAlongAxisKernels();
registerReductionKernels();
registerSegmentKernel();
registerShareKernels();
registerStridedKernels();
// Last: what no other has.
coverOtherKernels();
registerRecordStep();

export { availableThreads, setThreads, type ThreadsChoice } from './set-threads.js';
