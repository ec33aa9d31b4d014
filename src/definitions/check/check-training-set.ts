import { parseTimestamp } from '../../kernel/time.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import { featureColumnName } from '../feature-names.ts'
import type { LookupData, SourceData, TrainingSetData } from '../model.ts'
import { checkLabel } from './check-label.ts'
import { type Checking, checkColumn, checkDuration, checkName, checkPredicate } from './problem.ts'

export function checkTrainingSet(set: TrainingSetData, checking: Checking): void {
  const { report, sources } = checking
  checkDuration(set.labelMaturity, 'labelMaturity', report)
  checkSplits(set, checking)
  const spine = sources.get(set.spine.source)
  if (!spine) {
    report({
      code: 'REFERENCE_UNKNOWN',
      path: 'spine',
      message: `source "${set.spine.source}" is not exported`,
    })
    return
  }
  if (spine.eventTime === null)
    report({
      code: 'EVENT_TIME_MISSING',
      path: 'spine',
      message: `the spine "${spine.name}" has no event time, so its rows have no point in time`,
    })
  for (const column of [...set.columns, ...set.request])
    checkColumn(spine, column, { path: `columns.${column}`, report })
  for (const predicate of set.spine.where ?? []) checkPredicate(spine, predicate, { path: 'where', report })
  checkLabel(set, spine, checking)
  checkLookupNames(set, checking)
  for (const lookup of set.lookups) checkLookup(lookup, spine, checking)
  for (const name of set.onDemand) checkOnDemandUse(name, set, checking)
  checkOutputNames(set, checking)
}

function checkSplits(set: TrainingSetData, { report }: Checking): void {
  const ranges = set.splits.map(split => ({
    ...split,
    start: parseTimestamp(split.from),
    end: parseTimestamp(split.to),
  }))
  for (const { name, from, to, start, end } of ranges) {
    checkName(name, `split.${name}`, report)
    if (start === undefined || end === undefined || start >= end) {
      report({
        code: 'SPLIT_INVALID',
        path: `split.${name}`,
        message: `split "${name}" [${from}, ${to}) is no interval of time`,
      })
    }
  }
  ranges.forEach((a, index) => {
    for (const b of ranges.slice(index + 1)) {
      if (a.start === undefined || a.end === undefined || b.start === undefined || b.end === undefined)
        continue
      if (a.start < b.end && b.start < a.end) {
        report({
          code: 'SPLITS_OVERLAP',
          path: `split.${b.name}`,
          message: `splits "${a.name}" [${a.from}, ${a.to}) and "${b.name}" [${b.from}, ${b.to}) overlap`,
        })
      }
    }
  })
}

function checkLookupNames({ lookups }: TrainingSetData, { report }: Checking): void {
  for (const [index, { as, view }] of lookups.entries()) {
    checkName(as, `lookups.${as}`, report)
    const other = lookups.slice(0, index).find(each => each.as === as)
    if (other)
      report({
        code: 'NAME_COLLISION',
        path: `lookups.${as}`,
        message: `lookups of "${other.view}" and "${view}" are both called "${as}"`,
        hint: 'Give one of them another name: lookup(view, keys, { as }).',
      })
  }
}

function checkLookup(lookup: LookupData, spine: SourceData, { views, entities, report }: Checking): void {
  const path = `lookups.${lookup.as}`
  const view = views.get(lookup.view)
  if (!view) {
    report({ code: 'REFERENCE_UNKNOWN', path, message: `feature view "${lookup.view}" is not exported` })
    return
  }
  for (const feature of lookup.features) {
    if (!view.features.some(each => each.name === feature)) {
      report({
        code: 'FEATURE_UNKNOWN',
        path,
        message: `view "${view.name}" has no feature "${feature}"`,
        hint: `It has: ${view.features.map(each => each.name).join(', ')}.`,
      })
    }
  }
  const key = (view.entity === null ? undefined : entities.get(view.entity)?.key) ?? []
  key.forEach((component, index) => {
    const name = lookup.keys[index] ?? ''
    if (name === '') {
      report({
        code: 'KEY_MISSING',
        path: `${path}.${component.name}`,
        message: `the lookup of "${view.name}" names no spine column for key component "${component.name}"`,
      })
      return
    }
    const column = checkColumn(spine, name, { path: `${path}.${component.name}`, report })
    if (column && column.type !== component.type) {
      report({
        code: 'COLUMN_TYPE',
        path: `${path}.${component.name}`,
        message: `key component "${component.name}" is ${component.type}, spine column "${column.name}" is ${column.type}`,
      })
    }
  })
}

function checkOnDemandUse(name: string, set: TrainingSetData, { onDemand, sources, report }: Checking): void {
  const definition = onDemand.get(name)
  const path = `onDemand.${name}`
  if (!definition) {
    report({ code: 'REFERENCE_UNKNOWN', path, message: `on-demand feature "${name}" is not exported` })
    return
  }
  const spine = sources.get(set.spine.source)
  for (const input of definition.inputs) {
    if (input.from === 'request') {
      if (spine) checkColumn(spine, input.name, { path, report })
    } else if (
      !set.lookups.some(lookup => lookup.as === input.lookup && lookup.features.includes(input.feature))
    ) {
      report({
        code: 'FEATURE_UNKNOWN',
        path,
        message: `"${name}" reads ${input.lookup}:${input.feature}, which this training set does not look up`,
        hint: 'Add the lookup, under the name the on-demand feature uses.',
      })
    }
  }
}

function checkOutputNames(set: TrainingSetData, { onDemand, report }: Checking): void {
  const seen = new Map<string, string>()
  const add = (name: string, origin: string): void => {
    const other = seen.get(name)
    if (other !== undefined)
      report({
        code: 'NAME_COLLISION',
        path: name,
        message: `"${name}" comes from both ${other} and ${origin}`,
        hint: set.fullNames
          ? 'Give one of the lookups another name: lookup(view, keys, { as }).'
          : 'Set fullNames: true, or give one of the lookups another name and fullNames: true.',
      })
    seen.set(name, origin)
  }
  for (const column of new Set([...set.columns, ...set.request])) add(column, 'the spine')
  for (const lookup of set.lookups)
    for (const feature of lookup.features)
      add(featureColumnName(lookup, feature, set.fullNames), `${lookup.as}:${feature}`)
  for (const name of set.onDemand)
    for (const output of onDemand.get(name)?.outputs ?? []) add(output.name, `on-demand ${name}`)
  add(set.label.name, 'the label')
}

/** The model's vector: looked-up features, on-demand outputs, request columns, in this order, with types. */
export function vectorColumns(
  set: TrainingSetData,
  checking: Pick<Checking, 'sources' | 'views' | 'onDemand'>,
): readonly VectorColumn[] {
  const looked = set.lookups.flatMap(lookup =>
    lookup.features.map(
      (feature): VectorColumn => ({
        name: featureColumnName(lookup, feature, set.fullNames),
        type:
          checking.views.get(lookup.view)?.features.find(each => each.name === feature)?.type ?? 'float64',
        from: 'lookup',
        ref: `${lookup.as}:${feature}`,
      }),
    ),
  )
  const computed = set.onDemand.flatMap(name =>
    (checking.onDemand.get(name)?.outputs ?? []).map(
      (output): VectorColumn => ({
        name: output.name,
        type: output.type,
        from: 'onDemand',
        ref: `${name}:${output.name}`,
      }),
    ),
  )
  const columns = checking.sources.get(set.spine.source)?.columns ?? []
  const sent = set.request.map(
    (name): VectorColumn => ({
      name,
      type: columns.find(each => each.name === name)?.type ?? 'float64',
      from: 'request',
      ref: name,
    }),
  )
  return [...looked, ...computed, ...sent]
}

export interface VectorColumn {
  readonly name: string
  readonly type: ValueType
  readonly from: 'lookup' | 'onDemand' | 'request'
  readonly ref: string
}
