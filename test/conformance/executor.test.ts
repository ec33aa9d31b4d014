import { createProcessExecutor } from '../../src/adapters/executors/process/index.ts'
import { executorConformance } from './executor.ts'

executorConformance('process', createProcessExecutor)
