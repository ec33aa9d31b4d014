import { join } from 'node:path'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { openWebhooks } from '../../src/platform/webhooks.ts'
import { createRegistryService } from '../../src/registry/index.ts'

const [what = '', folder = '', name = ''] = process.argv.slice(2)

/** `change`: makes one model and dies at once, told by nobody. `deliver`: empties the outbox until it is killed. */
async function main(): Promise<void> {
  const database = await openMetadata({ kind: 'sqlite', path: join(folder, 'metadata.db') })
  await database.migrate()
  if (what === 'change') {
    await createRegistryService({ uow: database, clock: systemClock }).ensureModel({ name })
    process.kill(process.pid, 'SIGKILL')
  }
  const onFault = (error: unknown) => process.stderr.write(`${String(error)}\n`)
  const { delivery } = openWebhooks({ root: folder, database, clock: systemClock, onFault })
  for (;;) {
    await delivery.deliverDue()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

await main()
