import { appendFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { TrainingSet } from '../../api/training-sets.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearest } from '../../kernel/nearest.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { plural } from '../render/text.ts'
import { compareSets, type VerifiedSet } from '../render/training-set-diff.ts'
import { renderTrainingSet, renderTrainingSets, renderVerification } from '../render/training-sets.ts'
import { run as runPipeline } from './run.ts'

export interface TrainingSetOptions {
  readonly columns?: string
  readonly split?: string
  readonly from?: string
  readonly to?: string
  readonly format?: 'jsonl' | 'csv' | 'arrow' | 'parquet'
  readonly out?: string
  readonly asOf?: string
  readonly rebuild?: boolean
}

type Action = (context: CommandContext, options: TrainingSetOptions, ...words: string[]) => Promise<ExitCode>

/** A large set is read for minutes. */
const deadlineMs = 30 * 60_000

/** Rows asked for at a time, so that no answer is larger than memory likes. */
const pageRows = 100_000

const actions: Readonly<Record<string, Action>> = {
  list: async (context, _options, name) => {
    const { items } = await (await context.client()).api.trainingSets(name === undefined ? {} : { name })
    context.result({ items }, () => renderTrainingSets(items, context.io.now()))
    return exitCodes.done
  },
  show: async (context, _options, set) => {
    const found = await (await context.client()).api.trainingSet({ id: wanted(set, 'show') })
    context.result(found, () => renderTrainingSet(found, context.io.now()))
    return exitCodes.done
  },
  verify: async (context, _options, set) => {
    const verified = await (await context.client({ deadlineMs })).api.verifyTrainingSet({
      id: wanted(set, 'verify'),
    })
    context.result(verified, () => renderVerification(verified))
    return verified.ok ? exitCodes.done : exitCodes.failed
  },
  diff: async (context, _options, one, other) => {
    const client = await context.client({ deadlineMs })
    const [a, b] = [
      await verified(client, wanted(one, 'diff')),
      await verified(client, wanted(other, 'diff late@v1')),
    ]
    const lines = compareSets(a, b)
    context.result({ equal: lines.length === 0, differences: lines }, () =>
      lines.length === 0 ? 'The same rows with the same values.\n' : lines.map(line => `${line}\n`).join(''),
    )
    return exitCodes.done
  },
  build,
  read: async (context, options, set) => read(context, options, wanted(set, 'read')),
}

/** Builds the set of a name; of a stored one (id or version) as of the instant that was built as of. */
async function build(
  context: CommandContext,
  { asOf, rebuild }: TrainingSetOptions,
  word?: string,
): Promise<ExitCode> {
  const reference = wanted(word, 'build')
  const stored = /^ds-|@/.test(reference)
    ? await (await context.client()).api.trainingSet({ id: reference })
    : undefined
  const instant = asOf ?? stored?.asOf
  const param = [...(instant === undefined ? [] : [`asOf=${instant}`]), ...(rebuild ? ['rebuild=true'] : [])]
  return runPipeline(context, { param }, `build-${stored?.name ?? reference}`)
}

/** Stored training sets: listed, shown, verified, read, compared and built. */
export const run: Command<TrainingSetOptions> = async (context, options, action = 'list', ...words) => {
  const does = actions[action]
  if (does) return does(context, options, ...words)
  const meant = nearest(action, Object.keys(actions))
  throw new FettleError('USAGE', `fettle training-sets cannot ${action}`, {
    hint: meant === undefined ? `It can ${Object.keys(actions).join(', ')}.` : `Did you mean ${meant}?`,
  })
}

function wanted(word: string | undefined, action: string): string {
  if (word !== undefined) return word
  throw new FettleError('USAGE', 'which training set?', {
    hint: `Name it by id, version or name: fettle training-sets ${action} late_flights@v1`,
  })
}

async function verified(client: FettleClient, id: string): Promise<VerifiedSet> {
  const set = await client.api.trainingSet({ id })
  return { set, columns: (await client.api.verifyTrainingSet({ id: set.id, columns: 'true' })).columns }
}

async function read(
  context: CommandContext,
  options: TrainingSetOptions,
  reference: string,
): Promise<ExitCode> {
  const client = await context.client({ deadlineMs })
  const set = await client.api.trainingSet({ id: reference })
  const format = options.format ?? formatOf(options.out) ?? 'jsonl'
  const { from, to } = rangeOf(set, options)
  const query = {
    id: set.id,
    format,
    ...(options.columns === undefined ? {} : { columns: options.columns }),
    ...(options.split === undefined ? {} : { split: options.split }),
  }
  const write = writerTo(context, options.out)
  const whole = format === 'arrow' || format === 'parquet'
  if (whole && options.out === undefined)
    throw new FettleError('USAGE', `${format} is not for reading on a terminal`, {
      hint: `Name a file: --out ${set.name}.${format}`,
    })
  for (let at = from; at < to || at === from; at += whole ? to - from || 1 : pageRows) {
    const page = { from: at, to: whole ? to : Math.min(to, at + pageRows) }
    const heading = at === from ? {} : { heading: 'false' as const }
    await write(await client.api.trainingSetRows({ ...query, ...page, ...heading }), at === from)
  }
  if (options.out !== undefined)
    context.result(
      { id: set.id, rows: to - from, file: options.out },
      () => `${plural(to - from, 'row')} of ${set.name}@v${set.number} in ${options.out}\n`,
    )
  return exitCodes.done
}

function rangeOf(set: TrainingSet, { split, from, to }: TrainingSetOptions) {
  const all = split === undefined ? set.rows : (set.splits[split] ?? set.rows)
  const position = (text: string | undefined, missing: number): number => {
    if (text === undefined) return missing
    if (/^\d{1,15}$/.test(text)) return Math.min(Number(text), all)
    throw new FettleError('USAGE', `${text} is no row number`, { hint: 'Rows are counted from 0.' })
  }
  return { from: position(from, 0), to: position(to, all) }
}

function formatOf(out: string | undefined): TrainingSetOptions['format'] {
  const ending = /\.(jsonl|csv|arrow|parquet)$/.exec(basename(out ?? ''))?.[1]
  return ending as TrainingSetOptions['format']
}

/** Writes pieces to a file, which the first one begins, or to standard output. */
function writerTo(context: CommandContext, out: string | undefined) {
  const decoder = new TextDecoder()
  return async (bytes: Uint8Array, first: boolean): Promise<void> => {
    if (out === undefined) context.io.out(decoder.decode(bytes))
    else if (first) await writeFile(out, bytes)
    else await appendFile(out, bytes)
  }
}
