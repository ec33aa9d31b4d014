// A front in a process of its own, on features made from keys: what the reliability benches start and kill.
import cluster from 'node:cluster'
import { superviseMe } from '../../src/platform/children.ts'
import { takeFrontNumber } from '../../src/platform/front-number.ts'
import { type FrontOptions, runFront, startProcess } from '../../src/serving/index.ts'
import { fakeFeatures, noFeatures } from '../../src/serving/testing/fake-platform.ts'

export interface FrontProgram
  extends Pick<
    FrontOptions,
    'access' | 'graceMillis' | 'limits' | 'maxBatchRows' | 'scorers' | 'standby' | 'tls'
  > {
  readonly servingFolder: string
  readonly port: number
  /** Script of a scorer process. */
  readonly scorer: string
  readonly segmentMillis?: number
}

async function front({
  servingFolder,
  port,
  scorer,
  segmentMillis = 60_000,
  ...settings
}: FrontProgram): Promise<void> {
  const asked = new AbortController()
  let hurry = (): void => undefined
  const me = superviseMe(
    () => asked.abort(),
    () => hurry(),
  )
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
  const place = await takeFrontNumber(servingFolder)
  const running = await runFront({
    ...settings,
    servingFolder,
    prepareFeatures: fakeFeatures,
    features: noFeatures,
    startScorer: request => startProcess(process.execPath, [scorer, JSON.stringify(request)]),
    dataPort: port,
    adminPort: 0,
    log: { front: place.number, segmentMillis },
    report: line => void process.stderr.write(`${line}\n`),
  })
  const address = { dataUrl: running.dataUrl, adminUrl: running.adminUrl }
  await place.announce(address)
  me.ready(address)
  await new Promise(resolve => asked.signal.addEventListener('abort', resolve, { once: true }))
  hurry = () => void running.drain()
  await running.drain()
  await place.release()
  process.exit(0)
}

await front(JSON.parse(process.argv[2] ?? '{}') as FrontProgram)
