import { readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import type { StageEvidence } from '../../src/deployments/index.ts'
import { goodEvidence, rolloutWorld, start } from '../support/rollout-world.ts'

const [path = '', routing = ''] = process.argv.slice(2)

/** The rollout that goes on, in a process that may die at any row: a second passes with every look. */
const db = await openMetadata({ kind: 'sqlite', path })
await db.migrate()
let looks = 0
const world = await rolloutWorld(db, {
  look: (): StageEvidence => {
    looks++
    // Every third challenger or so is taken back on its way.
    return looks % 37 === 0 ? { ...goodEvidence, harmed: true } : goodEvidence
  },
  onRoute(routed) {
    writeFileSync(`${routing}.new`, JSON.stringify(routed))
    renameSync(`${routing}.new`, routing)
  },
})
try {
  world.state.routed.push(JSON.parse(readFileSync(routing, 'utf8')))
} catch {
  // Nothing was routed before.
}
const rows = await db.read.rollouts.listRows('late')
world.clock.set((rows.at(-1)?.at ?? start) + 1_000_000n)
for (let number = (rows.filter(({ event }) => event === 'verify_passed').length || 0) + 1; ; number++) {
  const { incident } = await world.rollouts.overview('late')
  if (incident) await world.rollouts.closeIncident({ name: 'late', reason: 'seen', principal: world.mila })
  await world.begin(number)
  for (let second = 0; second < 120; second++) {
    await world.run(1)
    const seq = (await db.read.rollouts.listRows('late')).length
    writeSync(1, `${seq}\n`)
    if (world.state.routed.length > 1_000) world.state.routed.splice(0, 900)
  }
}
