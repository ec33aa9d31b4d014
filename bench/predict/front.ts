import { join } from 'node:path'
import { openTrees } from '../../src/adapters/scorers/index.ts'
import { runFront, runScorer, type ScorerRequest, startProcess } from '../../src/serving/index.ts'
import { noFeatures } from '../../src/serving/testing/fake-platform.ts'
import { openFeatures } from './features.ts'
import { pin } from './servers.ts'

/** Role `front` of a bench script: serves what `writeFixture` wrote, says its address, ends on SIGTERM. */
export async function runBenchFront(script: string, folder: string): Promise<void> {
  const front = await runFront({
    servingFolder: join(folder, 'serving'),
    prepareFeatures: openFeatures(folder),
    features: noFeatures,
    startScorer: request => {
      const [command = '', ...rest] = pin(1, [process.execPath, script, 'scorer', JSON.stringify(request)])
      return startProcess(command, rest)
    },
    dataPort: 0,
    adminPort: 0,
    standby: false,
    report: text => console.error(text),
  })
  process.on('SIGTERM', () => void front.drain().then(() => process.exit(0)))
  console.log(front.dataUrl)
}

/** Role `scorer`: one that a front started. */
export async function runBenchScorer(request: string): Promise<void> {
  await runScorer(JSON.parse(request) as ScorerRequest, { open: openTrees })
  process.exit(0)
}
