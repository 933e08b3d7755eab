export { type EngineFacts, engineFacts } from './engine-facts.js';
export { type BackendChoice, type Engine, type UseBackendOptions, useBackend } from './use-backend.js';
