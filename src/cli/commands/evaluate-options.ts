import { readFile } from 'node:fs/promises'
import { FettleError } from '../../kernel/errors/index.ts'
import type { JudgingRequest } from '../../platform.ts'
import type { CommandContext } from '../context.ts'

export interface EvaluateOptions {
  readonly on?: string
  readonly task?: 'binary' | 'multiclass' | 'regression' | 'ranking'
  readonly label?: string
  readonly score?: string
  readonly classScore?: readonly string[]
  readonly id?: string
  readonly weight?: string
  readonly time?: string
  readonly entity?: string
  readonly query?: string
  readonly slice?: readonly string[]
  readonly name?: readonly string[]
  readonly threshold?: string
  readonly cost?: string
  readonly against?: string
  readonly againstScore?: string
  readonly againstThreshold?: string
  readonly fairness?: readonly string[]
  readonly acting?: 'benefit' | 'burden'
  readonly contracts?: string
  readonly junit?: string
  readonly out?: readonly string[]
  readonly keep?: boolean
}

/** What is judged on the rows of `file`, as the options say it; `label` is theirs or the one known otherwise. */
export async function judgingOf(
  context: CommandContext,
  file: string,
  options: EvaluateOptions,
): Promise<JudgingRequest> {
  const { task = 'binary', label, score, slice = [], name = [], fairness = [] } = options
  if (label === undefined && fairness.length === 0 && options.contracts === undefined)
    throw usage('which column holds the label?', '--label COLUMN; without labels, --fairness COLUMN alone')
  if (task === 'ranking' && options.query === undefined)
    throw usage('which column names the query of a row?', '--query COLUMN')
  const roles = ['id', 'weight', 'time', 'entity', 'query'] as const
  const named = roles.flatMap(role => (options[role] === undefined ? [] : [[role, options[role]] as const]))
  const contracts =
    options.contracts === undefined ? undefined : await contractsIn(context, options.contracts)
  const threshold = (text: string | undefined, option: string) =>
    text === undefined ? undefined : numberOf(text, option)
  const [own, champion] = [
    threshold(options.threshold, '--threshold'),
    threshold(options.againstThreshold, '--against-threshold'),
  ]
  return {
    file,
    columns: {
      ...{ task, keep: [...new Set([...slice.filter(each => each !== 'month'), ...name])] },
      ...Object.fromEntries(named),
      ...(label === undefined ? {} : { label }),
      ...(score === undefined ? {} : { score }),
      ...(options.classScore ? { classScores: classScoresOf(options.classScore) } : {}),
      ...(own === undefined ? {} : { threshold: own }),
    },
    slices: slice.map(column => ({ name: column, of: { kind: 'column', column } })),
    names: name,
    ...(options.cost === undefined ? {} : { costs: costsOf(options.cost) }),
    ...(champion === undefined ? {} : { againstThreshold: champion }),
    ...(contracts === undefined ? {} : { contracts }),
    ...(fairness.length === 0
      ? {}
      : { fairness: { columns: fairness, ...(options.acting ? { acting: options.acting } : {}) } }),
  }
}

/** A file of contracts, else those of an applied deployment. */
async function contractsIn(context: CommandContext, given: string): Promise<JudgingRequest['contracts']> {
  if (/\.json$/i.test(given)) return { value: parsed(await textOf(given), given), from: given }
  const { api } = await context.client()
  const { definition } = await api.definition({ kind: 'deployment', name: given })
  const { contracts = [] } = definition as { readonly contracts?: readonly unknown[] }
  if (contracts.length === 0)
    throw usage(
      `deployment ${given} declares no contracts`,
      'Declare some, or give a file: --contracts contracts.json',
    )
  return { value: definition, from: `deployment ${given}` }
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FettleError('SOURCE_UNREADABLE', `There is no file ${file} that can be read`, {
      hint: 'Give a JSON file of contracts, or the name of an applied deployment.',
      cause,
    })
  })
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FettleError('DEFINITIONS_INVALID', `${file} is not JSON: ${(cause as Error).message}`, {
      hint: 'docs/evaluation.md has an example.',
      cause,
    })
  }
}

function classScoresOf(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map(text => {
      const at = text.indexOf('=')
      if (at <= 0) throw usage(`--class-score ${text} names no class`, '--class-score CLASS=COLUMN')
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}

function costsOf(text: string): NonNullable<JudgingRequest['costs']> {
  const [falsePositive, falseNegative, ...more] = text.split(',').map(each => numberOf(each, '--cost'))
  if (falsePositive === undefined || falseNegative === undefined || more.length > 0)
    throw usage(`--cost ${text} is not two numbers`, '--cost 1,5 (of a false positive, of a false negative)')
  return { falsePositive, falseNegative }
}

function numberOf(text: string, option: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(number)) throw usage(`${option} ${text} is not a number`, `${option} 0.5`)
  return number
}

export function usage(message: string, hint: string): FettleError {
  return new FettleError('USAGE', message, { hint })
}
