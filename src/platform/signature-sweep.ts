import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import { auditWriter } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { SigningService } from '../registry/index.ts'

const dailyMs = 24 * 3_600_000
const sweeper = { name: 'signatures' }

interface SweepParts {
  readonly database: Pick<MetadataDatabase, 'read' | 'transaction'>
  readonly signing: Pick<SigningService, 'verify'>
  readonly clock: Clock
  onFault(error: unknown): void
}

/** Once a day reads the files of every version that the newest releases refer to, and tells of those that do not verify. */
export function signatureSweep({ database, signing, clock, onFault }: SweepParts) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  async function sweep(): Promise<void> {
    const releases = Object.values(await database.read.deployments.servingReleases())
    for (const { release } of releases) {
      const { name: model, version } = release.model
      const { state, problem } = await signing.verify({ model, version }, { bytes: true })
      if (state === 'signed') continue
      const said = `version ${version} of "${model}", which ${release.deployment} serves, is ${state}: ${problem}`
      onFault(new Error(said))
      await database.transaction(stores =>
        auditWriter(clock, sweeper)(stores, {
          action: 'model-version.not-verified',
          object: `model:${model}`,
          details: { version, deployment: release.deployment, release: release.number, state, problem },
        }),
      )
    }
  }
  return {
    sweep,
    start(): void {
      timer = setInterval(() => {
        running = sweep().catch(onFault)
      }, dailyMs)
      timer.unref()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}
