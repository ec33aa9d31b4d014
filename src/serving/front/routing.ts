import type { PredicateData } from '../../definitions/index.ts'
import { compilePredicate } from '../../features/index.ts'
import { bucketCount, bucketOf, type KeyType, keyText } from '../../kernel/assignment.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatDate } from '../../kernel/values/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { ArmReason, DecidedRequest, Routing } from '../model.ts'
import type { RequestField } from './signature.ts'

type Row = Readonly<Record<string, Value>>

/** How one row came to its target. */
export interface Drawn {
  /** Place in the request. */
  readonly row: number
  readonly bucket: number | null
  readonly reason: ArmReason
}

/** Rows of a request that one target answers. */
export interface Share<Target> {
  readonly target: Target
  readonly assignment: DecidedRequest['assignment']
  /** Null: all rows of the request, none of them drawn. */
  readonly drawn: readonly Drawn[] | null
  /** Why, where none was drawn. */
  readonly reason: ArmReason
}

/** Assigns the rows of a request; a pure function of the rows, the request id and the routing. */
export interface Router<Target> {
  /** Shares whose rows are each of the request's once. Throws BAD_KEY for a unit that has no key text. */
  assign(rows: readonly Row[], requestId: string): readonly Share<Target>[]
}

export interface RoutingTargets<Target> {
  readonly champion: Target
  /** In the order of the routing's arms; undefined: it cannot answer, its buckets are the champion's. */
  readonly arms: readonly (Target | undefined)[]
  readonly holdback: Target
}

export interface RoutingTerms<Target> {
  readonly routing: Routing
  readonly request: readonly RequestField[]
  readonly targets: RoutingTargets<Target>
  /** The kill switch: arms answer nobody. */
  readonly armsOff: boolean
}

/** Everything goes to one target, and nothing is drawn. */
export function wholeRouter<Target>(
  target: Target,
  reason: ArmReason,
  assignment: DecidedRequest['assignment'] = null,
): Router<Target> {
  const shares = [{ target, assignment, drawn: null, reason }]
  return { assign: () => shares }
}

/** A place a row can go: `sticky` and the salt decide which assignment its record names. */
interface Place<Target> {
  readonly target: Target
  readonly salt: string
  readonly reason: ArmReason
}

/**
 * The routing of a deployment, compiled: holdback, pins, excluded rows, buckets, champion, in this order (releases.md §9).
 * Throws RELEASE_REFUSED when the request has no such unit or column: then nothing may be routed by it.
 */
export function compileRouting<Target>(terms: RoutingTerms<Target>): Router<Target> {
  const { routing, targets } = terms
  const { salt, seq, holdback } = routing
  const unitOf = compileUnit(terms)
  const drawsArm = routing.arms.length > 0
  if (!drawsArm && !holdback)
    return wholeRouter(targets.champion, 'only', { salt, seq, sticky: routing.unit.length > 0 })
  const place = (target: Target, reason: ArmReason): Place<Target> => ({ target, salt, reason })
  const excluded = place(targets.champion, 'excluded')
  const ofArm = routing.arms.map((_, at) => armPlace(terms, at))
  const ofChampion = place(targets.champion, drawsArm ? 'bucket' : 'only')
  const places = [ofChampion, ...ofArm]
  const owners = bucketOwners(routing)
  const pins = compilePins(terms)
  const isExcluded = compileExclusion(terms)
  const held = holdback && { target: targets.holdback, salt: holdback.salt, reason: 'holdback' as const }

  function draw(
    row: Row,
    unit: readonly string[] | undefined,
    requestId: string,
  ): readonly [Place<Target>, number | null] {
    const parts = unit ?? [requestId]
    if (holdback && held) {
      const bucket = bucketOf(holdback.salt, ...parts)
      if (bucket < holdback.width) return [held, bucket]
    }
    const pin = unit && pins?.get(JSON.stringify(unit))
    if (pin) return [pin, null]
    if (isExcluded?.(row)) return [excluded, null]
    if (!drawsArm) return [ofChampion, null]
    const bucket = bucketOf(salt, ...parts)
    return [places[owners[bucket] as number] as Place<Target>, bucket]
  }

  return {
    assign(rows, requestId) {
      const shares: (Share<Target> & { readonly drawn: Drawn[] })[] = []
      for (let row = 0; row < rows.length; row++) {
        const values = rows[row] as Row
        const unit = unitOf(values)
        const [{ target, salt: by, reason }, bucket] = draw(values, unit, requestId)
        const sticky = unit !== undefined
        const drawn = { row, bucket, reason }
        const share = shares.find(
          each => each.target === target && each.assignment?.salt === by && each.assignment.sticky === sticky,
        )
        if (share) share.drawn.push(drawn)
        else shares.push({ target, assignment: { salt: by, seq, sticky }, drawn: [drawn], reason })
      }
      if (shares.length > 0) return shares
      return [{ target: targets.champion, assignment: null, drawn: [], reason: 'only' }]
    },
  }
}

/** Where the rows of an arm go: to the champion while the arm is switched off or cannot answer. */
function armPlace<Target>(
  { routing, targets, armsOff }: RoutingTerms<Target>,
  at: number,
  reason: ArmReason = 'bucket',
): Place<Target> {
  const { salt } = routing
  if (armsOff) return { target: targets.champion, salt, reason: 'killed' }
  return { target: targets.arms[at] ?? targets.champion, salt, reason }
}

/** Per bucket, the place of its arm in the list plus one; 0: the champion's. */
function bucketOwners({ arms }: Routing): Uint8Array {
  const owners = new Uint8Array(bucketCount)
  arms.forEach(({ ranges }, at) => {
    for (const [from, to] of ranges) owners.fill(at + 1, from, to)
  })
  return owners
}

const keyTypes: Readonly<Record<string, KeyType>> = {
  string: 'string',
  int64: 'int64',
  bool: 'bool',
  date: 'date',
}

/** Key texts of a row's unit; undefined where it has none, because no field is named or one of them is null. */
function compileUnit<Target>({
  routing,
  request,
}: RoutingTerms<Target>): (row: Row) => readonly string[] | undefined {
  const fields = routing.unit.map(name => {
    const field = request.find(each => each.name === name)
    const type = field && keyTypes[field.type]
    if (!type)
      throw refusedRouting(
        `unit field "${name}" ${field ? `has type ${field.type}` : 'is not in the request'}`,
      )
    return { name, type }
  })
  if (fields.length === 0) return () => undefined
  return row => {
    const parts: string[] = []
    for (const { name, type } of fields) {
      const value = row[name] ?? null
      if (value === null) return undefined
      parts.push(keyText(type === 'date' && typeof value === 'number' ? formatDate(value) : value, type))
    }
    return parts
  }
}

function compilePins<Target>(terms: RoutingTerms<Target>): ReadonlyMap<string, Place<Target>> | undefined {
  const { routing, targets } = terms
  if (routing.pins.length === 0 || routing.unit.length === 0) return undefined
  const first = routing.arms.findIndex(({ arm }) => arm === 'challenger')
  const champion: Place<Target> = { target: targets.champion, salt: routing.salt, reason: 'pin' }
  return new Map(
    routing.pins.map(({ unit, arm }) => [
      JSON.stringify(unit),
      arm === 'champion' || first < 0 ? champion : armPlace(terms, first, 'pin'),
    ]),
  )
}

function compileExclusion<Target>({
  routing,
  request,
}: RoutingTerms<Target>): ((row: Row) => boolean) | undefined {
  if (routing.exclude.length === 0) return undefined
  const tests = routing.exclude.map((predicate: PredicateData) => {
    const field = request.find(({ name }) => name === predicate.column)
    if (!field)
      throw refusedRouting(`excluded rows are told by "${predicate.column}", which is not in the request`)
    const holds = compilePredicate(predicate, field.type)
    return (row: Row) => holds(row[predicate.column] ?? null)
  })
  return row => tests.every(holds => holds(row))
}

function refusedRouting(why: string): FettleError {
  return new FettleError('RELEASE_REFUSED', `the routing cannot be applied: ${why}`)
}
