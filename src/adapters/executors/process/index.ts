export { createProcessExecutor } from './executor.ts'
