import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { decisionShipping } from '../../src/platform/shipping.ts'

const [folder = ''] = process.argv.slice(2)

/** Ships, compacts and deletes without end. Prints a line when it begins, and after every round. */
const database = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
await database.migrate()
const engine = createDuckDBEngine({ threads: 1 })
const shipping = decisionShipping({
  ...{ logFolder: join(folder, 'log'), folder: join(folder, 'decisions'), database, clock: systemClock },
  ...{ engine: async () => engine, erased: async () => () => false, keepSegments: '1s', pauseMs: 0 },
  onFault(error) {
    throw error
  },
})
for (;;) {
  writeSync(1, 'round\n')
  await shipping.round()
}
