import type { Json } from '../../kernel/canonical.ts'
import type { CardRow, CardSection } from './model.ts'
import {
  intervalText,
  type JsonObject,
  known,
  listOf,
  numberText,
  objectOf,
  textOf,
  unmeasured,
} from './report-json.ts'

/** What a fairness report says of the groups; without one, that nothing was measured. `remarks` are written by people. */
export function fairnessSection(report: Json | undefined, remarks: readonly CardRow[]): CardSection {
  const columns = listOf(objectOf(report)?.['columns'])
  const groups = columns.flatMap(groupRows)
  return {
    ...{ key: 'fairness', title: 'Fairness' },
    rows: [...(columns.length === 0 ? [unmeasured('Verdicts')] : columns.flatMap(verdicts)), ...remarks],
    table:
      groups.length === 0
        ? null
        : { head: ['Column', 'Group', 'n', ...rates.flatMap(rate => [rate, '95 % interval'])], rows: groups },
  }
}

const rates = ['selection_rate', 'tpr', 'fpr', 'precision'] as const

/** Who is worse off, by every metric that a contract limits; by the selection rate where none does. */
function verdicts(column: JsonObject): CardRow[] {
  const name = textOf(column['column'])
  if (column['undefined'] === 'no-attribute') return [known(name, 'undefined (no-attribute)')]
  const all = listOf(column['disparities'])
  const limited = all.filter(each => each['verdict'] !== null)
  const shown = limited.length > 0 ? limited : all.filter(each => each['metric'] === 'selection_rate')
  return shown.map(each => {
    const verdict = each['verdict'] === null ? '' : `${textOf(each['verdict'])}: `
    return known(`${textOf(each['metric'])} by ${name}`, `${verdict}${textOf(each['sentence'])}`)
  })
}

function groupRows(column: JsonObject): readonly string[][] {
  return listOf(column['groups']).map(group => [
    textOf(column['column']),
    textOf(group['group']),
    numberText(group['rows']),
    ...rates.flatMap(rate => {
      const measured = objectOf(objectOf(group['metrics'])?.[rate])
      return [
        numberText(measured?.['value']),
        measured?.['interval'] ? intervalText(measured['interval']) : '–',
      ]
    }),
  ])
}

const mostFeatures = 20

/** The inputs that move the raw score most. */
export function importanceSection(report: Json | undefined): CardSection {
  const found = objectOf(report)
  const features = listOf(found?.['features']).slice(0, mostFeatures)
  return {
    ...{ key: 'importance', title: 'Importance of the inputs' },
    rows: [
      found === undefined
        ? unmeasured('Importance')
        : known(
            'Measured as',
            `mean |φ| over ${numberText(found['rows'])} rows, ${textOf(found['variant'])}`,
          ),
    ],
    table:
      features.length === 0
        ? null
        : {
            head: ['Input', 'Share', 'Mean |φ|'],
            rows: features.map(each => [
              textOf(each['feature']),
              numberText(each['share']),
              numberText(each['meanAbs']),
            ]),
          },
  }
}
