import { readFile } from 'node:fs/promises'
import type { FeaturesReply, WriteReport } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { parseAssignments } from '../assignments.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'

interface FeaturesOptions {
  readonly file?: string
  readonly batchId?: string
  readonly to?: 'online' | 'offline' | 'both'
  readonly atomic?: boolean
  readonly fullNames?: boolean
}

/** `features read REFERENCES key=value…`, `features write SOURCE column=value… | --file rows.jsonl`. */
export const run: Command<FeaturesOptions> = async (context, options, action = '', name = '', ...words) => {
  if (action === 'read') return read(context, options, { name, words })
  if (action === 'write') return write(context, options, { name, words })
  throw new FettleError('USAGE', `features does not know "${action}"`, {
    hint: 'fettle features read origin_delays:departures_1h airport=JFK, or fettle features write rides driver=7 …',
  })
}

interface Words {
  readonly name: string
  readonly words: readonly string[]
}

async function read(
  context: CommandContext,
  { fullNames }: FeaturesOptions,
  { name, words }: Words,
): Promise<ExitCode> {
  const client = await context.client()
  const given = parseAssignments(words)
  // Which of them are keys and which request fields is for the definitions to say.
  const entities = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, [value]]))
  const asked = name.includes(':') ? { features: name.split(',') } : { trainingSet: name }
  const reply = await client.readFeatures({
    ...asked,
    entities,
    ...(fullNames === true ? { fullNames } : {}),
  })
  context.result(reply, () => renderRead(reply))
  return exitCodes.done
}

const statusWords: Readonly<Record<string, string>> = {
  P: '',
  N: 'null in the data',
  F: 'not found',
  A: 'too old',
  E: 'could not be read',
}

function renderRead({ as_of, columns, views, errors }: FeaturesReply): string {
  const width = Math.max(...columns.map(column => column.name.length))
  const lines = columns.map(({ name, values, status }) => {
    const why = statusWords[status.charAt(0)] ?? ''
    return `${name.padEnd(width)}  ${JSON.stringify(values[0] ?? null)}${why === '' ? '' : `  (${why})`}`
  })
  const from = views.map(view => `${view.name}@v${view.version}`).join(', ')
  const faults = errors.map(error => `! ${error.message}`)
  return `${[...lines, ...faults, `As of ${as_of}${from === '' ? '' : `, from ${from}`}.`].join('\n')}\n`
}

async function write(
  context: CommandContext,
  { file, batchId, to, atomic }: FeaturesOptions,
  { name, words }: Words,
): Promise<ExitCode> {
  if ((file === undefined) === (words.length === 0))
    throw new FettleError(
      'USAGE',
      'features write takes one row as column=value words, or --file with many',
      {
        hint: 'A file has one JSON object a line; every declared column is there, null where there is no value.',
      },
    )
  const rows = file === undefined ? [parseAssignments(words)] : await readRows(file)
  const client = await context.client()
  const report = await client.writeFeatures({
    source: name,
    rows,
    ...(batchId === undefined ? {} : { batchId }),
    ...(to === undefined ? {} : { to }),
    ...(atomic === true ? { atomic } : {}),
  })
  context.result(report, () => renderReport(report))
  return report.rejected === 0 ? exitCodes.done : exitCodes.failed
}

async function readRows(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FettleError('USAGE', `${file} cannot be read`, { cause })
  })
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as Record<string, unknown>]
    } catch (cause) {
      throw new FettleError('USAGE', `line ${index + 1} of ${file} is not JSON`, { cause })
    }
  })
}

function renderReport(report: WriteReport): string {
  const counts = (['applied', 'superseded', 'duplicate', 'deferred', 'rejected'] as const)
    .filter(outcome => report[outcome] > 0)
    .map(outcome => `${report[outcome]} ${outcome}`)
  const rows = report.rows.slice(0, 20).map(({ row, outcome, code, column, message }) => {
    const why = [code, column, message].filter(part => part !== undefined).join(', ')
    return `  row ${row}: ${outcome}${why === '' ? '' : ` (${why})`}`
  })
  const again =
    report.replayed === true ? ' This batch had been written before; nothing was written now.' : ''
  return `${report.received} rows: ${counts.join(', ') || 'nothing to write'}.${again}\n${rows.map(line => `${line}\n`).join('')}`
}
