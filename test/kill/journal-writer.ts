// Writes rides and sales until it is killed, three at a time; prints the number of each write that was acknowledged.
import { writeSync } from 'node:fs'
import { noon, openService } from './journal-service.ts'

const [folder = '', first = '0'] = process.argv.slice(2)
const { service } = await openService(folder)
let next = Number(first)
await Promise.all(
  [1, 2, 3].map(async () => {
    for (;;) {
      const id = next++
      await service.write({
        source: 'rides',
        now: noon,
        rows: [[BigInt(id), noon - 1n, BigInt(id), 0.5, null]],
      })
      await service.write({
        source: 'sales',
        now: noon,
        rows: [['shop', noon - 1n - BigInt(id), 1]],
        batchId: `sale ${id}`,
        bodyHash: String(id),
      })
      writeSync(1, `${id}\n`)
    }
  }),
)
