import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import type { ThresholdSetData } from '../../src/definitions/index.ts'
import { createSuggestions } from '../../src/governance/index.ts'
import { sha256Hex } from '../../src/kernel/canonical.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { thresholdApplier } from '../../src/platform/appliers/thresholds.ts'
import { ruledDeployment, servingRelease, thresholdProposal } from '../support/sample-thresholds.ts'

const [path = '', effects = '', once = ''] = process.argv.slice(2)
const mila = { name: 'mila' }
const servingFile = join(effects, 'serving.json')

interface Served {
  readonly number: number
  readonly thresholdSet?: ThresholdSetData
}
const served = (): Served =>
  existsSync(servingFile) ? (JSON.parse(readFileSync(servingFile, 'utf8')) as Served) : { number: 1 }

/** A gate that takes a few milliseconds, and a front, whose states are files: what a crash leaves of them stays. */
const db = await openMetadata({ kind: 'sqlite', path })
await db.migrate()
const runFile = (onto: number, set: string) => join(effects, `run-${onto}-${set.slice(7)}`)
const applier = thresholdApplier({
  // Nobody decides any more: it looks an hour later.
  clock: { nowMicros: () => systemClock.nowMicros() + 3_600_000_000n },
  objects: {
    putBytes: async bytes => {
      const hash = `sha256:${sha256Hex(bytes)}`
      writeFileSync(join(effects, `object-${hash.slice(7)}`), bytes)
      return { hash, bytes: bytes.length }
    },
  },
  gate: {
    find: async ({ onto, set }) => {
      const file = runFile(onto, set)
      if (!existsSync(file)) return { state: 'none' }
      if (Date.now() - statSync(file).mtimeMs < 4) return { state: 'going' }
      const page = { release: { number: onto + 1 } }
      return { state: 'judged', verdict: { page } as never, refusal: undefined }
    },
    start: async ({ onto, set }) => writeFileSync(runFile(onto, set), set, { flag: 'wx' }),
  },
  deployments: {
    deploy: async ({ release = 0 }) => {
      const [run = ''] = readdirSync(effects).filter(name => name.startsWith(`run-${release - 1}-`))
      const object = readFileSync(join(effects, `object-${run.split('-').at(-1)}`), 'utf8')
      const text = JSON.stringify({ number: release, thresholdSet: JSON.parse(object) as ThresholdSetData })
      writeFileSync(`${servingFile}.new`, text)
      renameSync(`${servingFile}.new`, servingFile)
      return undefined as never
    },
  },
  suggestions: () => suggestions,
  findBatch: async () => undefined,
  deploymentOf: async () => ruledDeployment,
  servingOf: async () => servingRelease(served().number, served().thresholdSet),
})
const suggestions = createSuggestions({
  ...{ uow: db, clock: systemClock, appliers: { threshold: applier } },
})

async function applyAll(): Promise<void> {
  for (;;) {
    await suggestions.settle()
    const left = await db.read.suggestions.unappliedSuggestions({ after: undefined, limit: 500 })
    if (left.length === 0) return
    await new Promise(go => setTimeout(go, 1))
  }
}

// As a server does when it starts: what was decided before is applied before anything is decided after it.
await applyAll()
if (once === 'once') process.exit(0)
const [ladder] = await suggestions.levels()
if (ladder?.level !== 'suggest') {
  await suggestions.propose([thresholdProposal('first', 0.5, { cycle: 'c' })])
  await suggestions.changeLevel(
    { subject: 'deployment:late', rule: 'fpr', segmentClass: 'airport' },
    { act: 'switch-on', reason: '' },
    mila,
  )
}
for (let round = 0; ; round++) {
  const cycle = `${process.pid}-${round}`
  const values = Array.from({ length: 5 }, () => Math.round(Math.random() * 1e6) / 1e6)
  const made = await suggestions.propose(
    values.map((value, at) => thresholdProposal(`s${at}`, value, { cycle })),
  )
  for (const [at, { id }] of made.entries()) {
    const verdict =
      at === 3
        ? ({ act: 'edit', value: Math.round(Math.random() * 1e6) / 1e6, reason: 'policy' } as const)
        : at === 4
          ? ({ act: 'reject', reason: 'policy' } as const)
          : ({ act: 'accept' } as const)
    await suggestions.decide(id, { verdict, note: '', seconds: 5, batch: null }, mila)
    writeSync(1, `${id}\n`)
  }
  await applyAll()
}
