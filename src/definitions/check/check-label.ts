import type { LabelData, SourceData, TrainingSetData } from '../model.ts'
import { operatorTakes } from './check-view.ts'
import { type Checking, checkColumn, checkDuration, checkName, checkPredicate } from './problem.ts'

type LaterLabel = Extract<LabelData, { kind: 'later' }>

/** A label is a comparison of a spine column, or told by the events that follow (features.md §7.3). */
export function checkLabel(set: TrainingSetData, spine: SourceData, checking: Checking): void {
  const { report } = checking
  const { label } = set
  checkName(label.name, 'label.name', report)
  if (label.kind === 'column') checkPredicate(spine, label, { path: 'label', report })
  else checkLater(label, { set, spine, checking })
}

interface Place {
  readonly set: TrainingSetData
  readonly spine: SourceData
  readonly checking: Checking
}

function checkLater(label: LaterLabel, { set, spine, checking }: Place): void {
  const { report, sources } = checking
  checkHorizon(label, set, checking)
  const events = sources.get(label.source)
  if (!events) {
    report({
      code: 'REFERENCE_UNKNOWN',
      path: 'label.later',
      message: `source "${label.source}" is not exported`,
    })
    return
  }
  if (events.eventTime === null)
    report({
      code: 'EVENT_TIME_MISSING',
      path: 'label.later',
      message: `source "${events.name}" has no event time, so it cannot be said what comes later`,
    })
  if (label.column !== undefined && label.op !== 'exists') {
    const column = checkColumn(events, label.column, { path: 'label.later', report })
    if (column && !operatorTakes(label.op, column.type))
      report({
        code: 'OPERATOR_TYPE',
        path: 'label.later',
        message: `${label.op} does not take ${column.type} (column "${column.name}")`,
      })
  }
  checkKeys(label, { events, spine, checking })
}

function checkHorizon(label: LaterLabel, set: TrainingSetData, { report }: Checking): void {
  const horizon = checkDuration(label.horizon, 'label.horizon', report)
  const maturity = checkDuration(set.labelMaturity, 'labelMaturity', () => undefined)
  if (horizon === undefined || maturity === undefined || maturity >= horizon) return
  report({
    code: 'MATURITY_TOO_SHORT',
    path: 'labelMaturity',
    message: `labelMaturity ${set.labelMaturity} is shorter than the label's horizon ${label.horizon}`,
    hint: `Make labelMaturity at least ${label.horizon}: before that nobody knows what came later.`,
  })
}

function checkKeys(
  label: LaterLabel,
  { events, spine, checking: { report } }: { events: SourceData; spine: SourceData; checking: Checking },
): void {
  if (label.keys.length === 0)
    report({
      code: 'KEY_MISSING',
      path: 'label.keys',
      message: `nothing says which events of "${events.name}" belong to a row`,
      hint: 'Name a column of the events and the spine column it equals: keys: f => ({ card: f.card }).',
    })
  for (const key of label.keys) {
    const path = `label.keys.${key.source}`
    const there = checkColumn(events, key.source, { path, report })
    const here = checkColumn(spine, key.spine, { path, report })
    if (there && here && there.type !== here.type)
      report({
        code: 'COLUMN_TYPE',
        path,
        message: `column "${there.name}" of "${events.name}" is ${there.type}, spine column "${here.name}" is ${here.type}`,
      })
  }
}
