import { nearestFirst } from '../../kernel/nearest.ts'
import type { FairnessData, ReasonTableData } from '../release-terms.ts'
import type { Report } from './problem.ts'

interface ReasonChecking {
  /** The vector of the model; undefined where its training set is unknown, which is reported elsewhere. */
  readonly inputs: readonly string[] | undefined
  readonly report: Report
}

/** Every input has one reason, every reason speaks of inputs, and a person has read the sentences. */
export function checkReasons(table: ReasonTableData, { inputs, report }: ReasonChecking): void {
  for (const name of ['reviewedBy', 'version'] as const) {
    if (table[name].trim() === '')
      report({
        code: 'BAD_PARAMETER',
        path: `reasons.${name}`,
        message: `${name} is empty: sentences that people are told need a reviewer and a version`,
        hint: 'Say who has read them, and raise the version with every change.',
      })
  }
  const codeOf = new Map<string, string>()
  const codes = new Set<string>()
  for (const { code, features, sentence } of table.reasons) {
    const path = `reasons.${code}`
    if (codes.has(code))
      report({
        ...{ code: 'BAD_PARAMETER', path, message: `the code "${code}" stands for two reasons` },
        hint: 'Give each reason a code of its own, or put the features of both into one.',
      })
    codes.add(code)
    if (sentence.trim() === '')
      report({
        ...{ code: 'BAD_PARAMETER', path, message: `the reason "${code}" says nothing` },
        hint: 'Write the sentence that the person concerned will read.',
      })
    for (const feature of features) {
      checkInput(feature, { path, inputs, report })
      const earlier = codeOf.get(feature)
      if (earlier !== undefined)
        report({
          code: 'BAD_PARAMETER',
          path,
          message: `"${feature}" already counts towards "${earlier}": its contribution would be told twice`,
          hint: 'Leave it with one of the two.',
        })
      codeOf.set(feature, code)
    }
  }
  checkCovered(codeOf, { inputs, report })
}

function checkInput(
  feature: string,
  { path, inputs, report }: ReasonChecking & { readonly path: string },
): void {
  if (inputs === undefined || inputs.includes(feature)) return
  report({
    code: 'COLUMN_UNKNOWN',
    path,
    message: `"${feature}" is no input of the model`,
    hint: `Nearest: ${nearestFirst(feature, [...inputs])
      .slice(0, 3)
      .join(', ')}.`,
  })
}

function checkCovered(codeOf: ReadonlyMap<string, string>, { inputs = [], report }: ReasonChecking): void {
  const unmapped = inputs.filter(name => !codeOf.has(name))
  if (unmapped.length === 0) return
  report({
    code: 'UNMAPPED_FEATURE',
    path: 'reasons',
    message: `no reason covers ${unmapped.map(name => `"${name}"`).join(', ')}`,
    hint: 'Give every input of the model a reason in plain words: a release without is refused.',
  })
}

/** A model is judged by a sensitive column, it never sees it. */
export function checkNotSensitive({ columns }: FairnessData, { inputs, report }: ReasonChecking): void {
  for (const column of columns.filter(name => inputs?.includes(name)))
    report({
      code: 'BAD_PARAMETER',
      path: 'fairness.columns',
      message: `the sensitive column "${column}" is an input of the model`,
      hint: 'Keep it in `columns` of the training set, not in its `request`.',
    })
}
