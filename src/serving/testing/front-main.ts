// A front process for tests, on the fakes: `<servingFolder> <scorer script>`.
import { runFront } from '../front/run-front.ts'
import { startProcess } from '../scorer/start-process.ts'
import { fakeFeatures, noFeatures } from './fake-platform.ts'

const [servingFolder = '', scorer = ''] = process.argv.slice(2)
const front = await runFront({
  servingFolder,
  prepareFeatures: fakeFeatures,
  features: noFeatures,
  startScorer: request => startProcess(process.execPath, [scorer, JSON.stringify(request)]),
  dataPort: 0,
  adminPort: 0,
  standby: false,
  log: { segmentMillis: 300 },
})
process.on('SIGTERM', () => void front.drain().then(() => process.exit(0)))
process.stdout.write(`${JSON.stringify({ dataUrl: front.dataUrl, adminUrl: front.adminUrl })}\n`)
