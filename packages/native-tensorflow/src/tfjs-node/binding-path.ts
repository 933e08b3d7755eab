/** Where node-pre-gyp looks for the binding in tfjs-node: one build for Node-API 8 runs on every Node since 12.22. */
export const BINDING = 'lib/napi-v8/tfjs_binding.node';
