import { canonicalJson } from '../../kernel/canonical.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import type { Signature, SignatureField, SignatureParam } from '../model.ts'

export type SignatureEffect = 'breaking' | 'additive' | 'neutral'

export interface SignatureChange {
  readonly effect: SignatureEffect
  readonly reason: string
}

export interface SignatureComparison {
  /** The gravest of the changes. */
  readonly effect: SignatureEffect
  readonly changes: readonly SignatureChange[]
}

/** Types that hold every value of another. */
const wider: Readonly<Record<string, readonly ValueType[]>> = {
  float32: ['float64'],
  date: ['timestamp'],
}

/**
 * What changes for who calls a model when one version replaces another. Breaking: a call that was good is refused or
 * its answer read otherwise. Additive: all of those go on, and more can be said or is answered. Neutral: neither.
 *
 * Inputs: a new one that may be null is additive, any other new one breaks; one less breaks where calls are checked
 * against the signature, and so does a narrower type, a null no longer taken, another unit, another shape. Outputs turn
 * that about: one more is additive, one less breaks, a null or a wider type that was not there before breaks. Order is
 * neutral, since columns go by name. A new param is additive (it has a default), one less breaks.
 */
export function compareSignatures(before: Signature, after: Signature): SignatureComparison {
  const changes = [
    ...compareFields('input', before.inputs, after.inputs),
    ...compareFields('output', before.outputs, after.outputs),
    ...compareParams(before.params ?? [], after.params ?? []),
  ]
  const has = (effect: SignatureEffect) => changes.some(change => change.effect === effect)
  return { effect: has('breaking') ? 'breaking' : has('additive') ? 'additive' : 'neutral', changes }
}

type Side = 'input' | 'output'

function compareFields(
  side: Side,
  before: readonly SignatureField[],
  after: readonly SignatureField[],
): SignatureChange[] {
  const old = new Map(before.map(field => [field.name, field]))
  const now = new Map(after.map(field => [field.name, field]))
  const gone = before
    .filter(({ name }) => !now.has(name))
    .map(({ name }) => breaking(`${side} ${name} is gone`))
  const changed = after.flatMap(field => {
    const former = old.get(field.name)
    return former === undefined ? [added(side, field)] : compareField(side, former, field)
  })
  const moved =
    gone.length === 0 &&
    before.map(({ name }) => name).join('\n') !==
      after.flatMap(({ name }) => (old.has(name) ? [name] : [])).join('\n')
  return [...gone, ...changed, ...(moved ? [neutral(`${side}s are in another order`)] : [])]
}

function added(side: Side, { name, nullable }: SignatureField): SignatureChange {
  if (side === 'output' || nullable) return additive(`${side} ${name} is new`)
  return breaking(`input ${name} is new and may not be null`)
}

function compareField(side: Side, before: SignatureField, after: SignatureField): SignatureChange[] {
  const what = `${side} ${after.name}`
  const changes: SignatureChange[] = []
  if (before.type !== after.type) changes.push(typeChange(side, what, [before.type, after.type]))
  if (before.nullable !== after.nullable) {
    const takesMore = after.nullable === (side === 'input')
    const words = after.nullable ? 'may be null now' : 'is never null now'
    changes.push(takesMore ? additive(`${what} ${words}`) : breaking(`${what} ${words}`))
  }
  if (before.unit !== after.unit)
    changes.push(breaking(`${what} is in ${after.unit ?? 'no unit'} instead of ${before.unit ?? 'no unit'}`))
  if (canonicalJson([...(before.shape ?? [])]) !== canonicalJson([...(after.shape ?? [])]))
    changes.push(shapeChange(side, what, before, after))
  return changes
}

function typeChange(
  side: Side,
  what: string,
  [before, after]: readonly [ValueType, ValueType],
): SignatureChange {
  const reason = `${what} is ${after} instead of ${before}`
  const takesMore =
    side === 'input' ? wider[before]?.includes(after) === true : wider[after]?.includes(before) === true
  return takesMore ? additive(reason) : breaking(reason)
}

/** A length that was fixed and is any now takes more on the way in, and says less on the way out. */
function shapeChange(
  side: Side,
  what: string,
  before: SignatureField,
  after: SignatureField,
): SignatureChange {
  const [old, now] = [before.shape ?? [], after.shape ?? []]
  const words = (shape: readonly number[]) => `[${shape.join(', ')}]`
  const reason = `${what} has shape ${words(now)} instead of ${words(old)}`
  const [narrow, broad] = side === 'input' ? [old, now] : [now, old]
  const takesMore =
    narrow.length === broad.length && broad.every((length, i) => length === -1 || length === narrow[i])
  return takesMore ? additive(reason) : breaking(reason)
}

function compareParams(
  before: readonly SignatureParam[],
  after: readonly SignatureParam[],
): SignatureChange[] {
  const now = new Map(after.map(param => [param.name, param]))
  const old = new Map(before.map(param => [param.name, param]))
  return [
    ...before.filter(({ name }) => !now.has(name)).map(({ name }) => breaking(`param ${name} is gone`)),
    ...after.flatMap(param => {
      const former = old.get(param.name)
      return former === undefined ? [additive(`param ${param.name} is new`)] : compareParam(former, param)
    }),
  ]
}

function compareParam(before: SignatureParam, after: SignatureParam): SignatureChange[] {
  const shape = (param: SignatureParam) => canonicalJson([...(param.shape ?? [])])
  if (before.type !== after.type || shape(before) !== shape(after))
    return [breaking(`param ${after.name} has another type or shape`)]
  return canonicalJson(before.default) === canonicalJson(after.default)
    ? []
    : [breaking(`param ${after.name} has another default`)]
}

const breaking = (reason: string): SignatureChange => ({ effect: 'breaking', reason })
const additive = (reason: string): SignatureChange => ({ effect: 'additive', reason })
const neutral = (reason: string): SignatureChange => ({ effect: 'neutral', reason })
