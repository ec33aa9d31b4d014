// Processes for tests: `scorer <request>` and `front <servingFolder> <this file>`, on the fakes.
import { runFront } from '../front/run-front.ts'
import type { ScorerRequest } from '../ports.ts'
import { runScorer } from '../scorer/run-scorer.ts'
import { startProcess } from '../scorer/start-process.ts'
import { fakeFeatures, fakeScorers, noFeatures } from './fake-platform.ts'

const [role, argument = '', bundle = ''] = process.argv.slice(2)
if (role === 'scorer') {
  await runScorer(JSON.parse(argument) as ScorerRequest, fakeScorers)
  process.exit(0)
} else {
  const front = await runFront({
    servingFolder: argument,
    prepareFeatures: fakeFeatures,
    features: noFeatures,
    startScorer: request => startProcess(process.execPath, [bundle, 'scorer', JSON.stringify(request)]),
    dataPort: 0,
    adminPort: 0,
    standby: false,
    log: { segmentMillis: 300 },
  })
  process.on('SIGTERM', () => void front.drain().then(() => process.exit(0)))
  process.stdout.write(`${JSON.stringify({ dataUrl: front.dataUrl, adminUrl: front.adminUrl })}\n`)
}
