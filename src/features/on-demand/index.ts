export { compileOnDemand, type OnDemandFunction, type OnDemandOutcome } from './compile.ts'
export { inProcessRunner, type OnDemandCall, type OnDemandRunner } from './runner.ts'
export { workerRunner } from './worker-runner.ts'
