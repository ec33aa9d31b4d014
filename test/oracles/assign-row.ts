// releases.md §9 as it reads: one row at a time, in big integers.
import { createHash } from 'node:crypto'
import type { Arm, ArmReason, Routing } from '../../src/serving/model.ts'

export interface OracleAnswer {
  readonly arm: Arm
  readonly reason: ArmReason
  readonly bucket: number | null
  readonly salt: string
  readonly sticky: boolean
}

type Row = Readonly<Record<string, string | bigint | boolean | number | null>>

function bucket(salt: string, parts: readonly string[]): number {
  const hex = createHash('sha256')
    .update([salt, ...parts].join('\u001f'))
    .digest('hex')
  return Number(BigInt(`0x${hex.slice(0, 16)}`) % 10_000n)
}

/** `digest` names the release of an arm; arms that have no release that is loaded are not in `loaded`. */
export function assignRow(
  routing: Routing,
  row: Row,
  context: { readonly requestId: string; readonly loaded: ReadonlySet<string>; readonly armsOff: boolean },
): OracleAnswer & { readonly digest: string } {
  const texts = routing.unit.map(name => row[name])
  const sticky = texts.length > 0 && texts.every(value => value !== null)
  const parts = sticky ? texts.map(String) : [context.requestId]
  const champion = { arm: 'champion' as const, digest: 'champion' }
  const { holdback } = routing
  if (routing.arms.length === 0 && !holdback)
    return { ...champion, reason: 'only', bucket: null, salt: routing.salt, sticky: texts.length > 0 }
  if (holdback && bucket(holdback.salt, parts) < holdback.width)
    return {
      arm: 'holdback',
      digest: holdback.digest ?? 'chain',
      reason: 'holdback',
      bucket: bucket(holdback.salt, parts),
      salt: holdback.salt,
      sticky,
    }
  const rest = { salt: routing.salt, sticky }
  const into = (at: number, reason: ArmReason, drawn: number | null) => {
    const arm = routing.arms[at]
    if (arm === undefined) return { ...champion, ...rest, reason, bucket: drawn }
    if (context.armsOff) return { ...champion, ...rest, reason: 'killed' as const, bucket: drawn }
    if (!context.loaded.has(arm.digest)) return { ...champion, ...rest, reason, bucket: drawn }
    return { arm: arm.arm, digest: arm.digest, ...rest, reason, bucket: drawn }
  }
  const pin = sticky
    ? routing.pins.findLast(({ unit }) => JSON.stringify(unit) === JSON.stringify(parts))
    : undefined
  if (pin?.arm === 'champion') return into(-1, 'pin', null)
  if (pin)
    return into(
      routing.arms.findIndex(({ arm }) => arm === 'challenger'),
      'pin',
      null,
    )
  if (routing.exclude.length > 0 && routing.exclude.every(({ column, value }) => row[column] === value))
    return into(-1, 'excluded', null)
  if (routing.arms.length === 0) return into(-1, 'only', null)
  const drawn = bucket(routing.salt, parts)
  return into(
    routing.arms.findIndex(({ ranges }) => ranges.some(([from, to]) => drawn >= from && drawn < to)),
    'bucket',
    drawn,
  )
}
