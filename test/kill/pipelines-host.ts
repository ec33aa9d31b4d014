import { runStepHost } from '../../src/pipelines/worker/step-host.ts'
import { testActions } from './pipelines-actions.ts'

await runStepHost(process.argv[2] ?? '', testActions)
