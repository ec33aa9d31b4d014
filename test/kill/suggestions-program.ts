import { existsSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { createSuggestions } from '../../src/governance/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { proposalOf } from '../support/sample-suggestions.ts'

const [path = '', effects = ''] = process.argv.slice(2)
const mila = { name: 'mila' }

/** Proposes, accepts and applies without end. Prints the id once a decision is acknowledged. */
const db = await openMetadata({ kind: 'sqlite', path })
await db.migrate()
const suggestions = createSuggestions({
  ...{ uow: db, clock: systemClock, appliesHere: () => true },
  appliers: {
    threshold: async ({ id }, value) => {
      const file = join(effects, id)
      // Applied before the crash, and not recorded: there is nothing left to do.
      const again = existsSync(file)
      if (!again) {
        writeFileSync(`${effects}.new`, JSON.stringify(value))
        renameSync(`${effects}.new`, file)
      }
      return { again }
    },
  },
})
// As a server does when it starts: what was decided before is applied before anything is decided after it.
await suggestions.settle()
const [ladder] = await suggestions.levels()
if (ladder?.level !== 'suggest') {
  await suggestions.propose([proposalOf({ segment: 'first', cycle: 'c' })])
  await suggestions.changeLevel(
    { subject: 'deployment:late', rule: 'fpr', segmentClass: 'airport' },
    { act: 'switch-on', reason: '' },
    mila,
  )
}
for (let round = 0; ; round++) {
  const cycle = `${process.pid}-${round}`
  const made = await suggestions.propose(
    Array.from({ length: 5 }, (_, at) => proposalOf({ segment: `s${at}`, cycle, proposed: at / 10 })),
  )
  for (const [at, { id }] of made.entries()) {
    const verdict =
      at === 3
        ? ({ act: 'edit', value: 0.9, reason: 'policy' } as const)
        : at === 4
          ? ({ act: 'reject', reason: 'policy' } as const)
          : ({ act: 'accept' } as const)
    await suggestions.decide(id, { verdict, note: '', seconds: 5, batch: null }, mila)
    writeSync(1, `${id}\n`)
  }
}
