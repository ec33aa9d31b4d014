import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import type { TableEvaluation } from '../../platform.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderEvaluation } from '../render/evaluation.ts'

interface Options {
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
  readonly out?: readonly string[]
}

const pageKinds = ['.html', '.json']

/** Judges a table of predictions on this machine, without a server, and writes the report as a page or as data. */
export const run: Command<Options> = async (context, options, file = '') => {
  const outs = options.out ?? []
  const wrong = outs.find(out => !pageKinds.includes(extname(out)))
  if (wrong !== undefined)
    throw new FettleError('USAGE', `--out ${wrong} ends neither in .html nor in .json`, {
      hint: 'Write --out report.html for a page, --out report.json for data.',
    })
  const { evaluatePredictions } = await import('../../platform.ts')
  const { page, ...found } = await evaluatePredictions(requestOf(file, options))
  for (const out of outs)
    await writeFile(out, extname(out) === '.html' ? page() : `${JSON.stringify(found, null, 2)}\n`)
  context.result({ ...found, written: outs }, () => renderEvaluation(found, outs))
  return exitCodes.done
}

function requestOf(file: string, options: Options): TableEvaluation {
  const { task = 'binary', label, score, slice = [], name = [] } = options
  if (label === undefined) throw usage('which column holds the label?', '--label COLUMN')
  if (score === undefined && !(task === 'multiclass' && options.classScore))
    throw usage('which column holds the score?', '--score COLUMN')
  if (task === 'ranking' && options.query === undefined)
    throw usage('which column names the query of a row?', '--query COLUMN')
  const columns = slice.filter(each => each !== 'month')
  const roles = ['id', 'weight', 'time', 'entity', 'query'] as const
  const named = roles.flatMap(role => (options[role] === undefined ? [] : [[role, options[role]] as const]))
  return {
    file,
    columns: {
      ...{ task, label, keep: [...new Set([...columns, ...name])] },
      ...Object.fromEntries(named),
      ...(score === undefined ? {} : { score }),
      ...(options.classScore ? { classScores: classScoresOf(options.classScore) } : {}),
      ...(options.threshold === undefined ? {} : { threshold: numberOf(options.threshold, '--threshold') }),
    },
    slices: slice.map(column => ({ name: column, of: { kind: 'column', column } })),
    names: name,
    ...(options.cost === undefined ? {} : { costs: costsOf(options.cost) }),
    ...(options.against === undefined ? {} : { against: options.against }),
    ...(options.againstScore === undefined ? {} : { againstScore: options.againstScore }),
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

function costsOf(text: string): NonNullable<TableEvaluation['costs']> {
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

function usage(message: string, hint: string): FettleError {
  return new FettleError('USAGE', message, { hint })
}
