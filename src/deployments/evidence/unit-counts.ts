import { isDefined, type Quantity, sampleRatio, undefinedBecause } from '../../kernel/statistics/index.ts'
import { type KeyCodes, keyCodes } from './key-codes.ts'
import type { LookFacts, StageEvidence, TrafficRow } from './model.ts'

export const armNames = ['champion', 'challenger', 'control'] as const
export type ArmName = (typeof armNames)[number]
export type PerArm = Readonly<Record<ArmName, number>>

/** Distinct units of each arm in a step, and their answers. */
export interface UnitCounts {
  add(row: TrafficRow, arm: ArmName): void
  units(): PerArm
  answers(): PerArm
}

/** Units are what was drawn for: entities, or requests where nothing sticks. */
export function unitCounts(): UnitCounts {
  const seen: Readonly<Record<ArmName, KeyCodes>> = {
    champion: keyCodes(),
    challenger: keyCodes(),
    control: keyCodes(),
  }
  const rows: Record<ArmName, number> = { champion: 0, challenger: 0, control: 0 }
  return {
    add(row, arm) {
      rows[arm]++
      if (row.armReason === 'bucket') seen[arm].code(unitOf(row))
    },
    units: () => ({
      champion: seen.champion.size,
      challenger: seen.challenger.size,
      control: seen.control.size,
    }),
    answers: () => ({ ...rows }),
  }
}

/** A prediction id is that of its request and the number of the row. */
function unitOf({ unit, predictionId }: TrafficRow): string {
  return unit ?? predictionId.slice(0, predictionId.lastIndexOf('-'))
}

/**
 * Whether each arm got the units that its buckets promise (releases.md §9). A look alarms by the count mixture, however often
 * it is taken; p is that of χ², which only a decision may read: peeked at, it alarms far too often. Null where nothing is
 * drawn.
 */
export function unitRatio(
  units: PerArm,
  { weight, widths }: Pick<LookFacts, 'weight' | 'widths'>,
): StageEvidence['sampleRatio'] {
  const wide = widths ?? widthsOf(weight, units)
  const drawn = armNames.filter(arm => wide[arm] > 0)
  const total = drawn.reduce((sum, arm) => sum + units[arm], 0)
  if (drawn.length < 2) return null
  const shares = drawn.map(arm => wide[arm] / drawn.reduce((sum, each) => sum + wide[each], 0))
  const byArm = (values: readonly number[]) =>
    Object.fromEntries(drawn.map((arm, at) => [arm, values[at] ?? 0]))
  const found = sampleRatio(
    drawn.map(arm => wide[arm]),
    drawn.map(arm => units[arm]),
  )
  const p: Quantity =
    found.decision === 'not-measured' && isDefined(found.p) ? undefinedBecause('too-few-units') : found.p
  return {
    counts: byArm(drawn.map(arm => units[arm])),
    expected: byArm(shares.map(share => share * total)),
    p,
    logLambda: found.logLambda,
    state: found.liveAlarm ? 'mismatch' : found.decision === 'not-measured' ? 'not-measured' : 'ok',
  }
}

function widthsOf(weight: number, units: PerArm): PerArm {
  const control = units.control > 0 ? weight : 0
  return { challenger: weight, control, champion: 100 - weight - control }
}
