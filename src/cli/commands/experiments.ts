import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearest } from '../../kernel/nearest.ts'
import type { Command, CommandContext } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderComparison, renderExperiments, renderRunRows } from '../render/experiments.ts'
import { suggesting } from '../suggest.ts'

export interface ExperimentsOptions {
  readonly filter?: string
  readonly order?: string
  readonly columns?: string
  readonly limit?: string
  readonly compare?: string
}

/** All experiments, or the runs of one: those that match, in an order, with the asked columns; or some side by side. */
export const run: Command<ExperimentsOptions> = async (context, options, name) => {
  const limit = limitOf(options.limit)
  const client = await context.client()
  if (options.compare !== undefined) return compare(context, client, options.compare)
  if (name === undefined) {
    if (options.filter !== undefined || options.order !== undefined || options.columns !== undefined)
      throw new FettleError('USAGE', 'the runs of which experiment?', {
        hint: "fettle experiments late --filter 'metrics.auc > 0.7'",
      })
    const page = await client.api.experiments({ limit: 500 })
    context.result(page, () => renderExperiments(page.items, context.io.now()))
    return exitCodes.done
  }
  const { id } = await experimentOf(client, name)
  const columns = options.columns === undefined ? await firstMetrics(client, id) : splitList(options.columns)
  const page = await client.api.selectRuns({
    body: {
      experiments: [id],
      columns: [...columns],
      limit,
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.order === undefined ? {} : { orderBy: splitList(options.order) }),
    },
  })
  context.result({ ...page, columns }, () => renderRunRows(page, columns, context.io.now()))
  if (page.items.length === 0 && !context.json)
    context.io.err(await unknownMetrics(client, id, options.filter ?? ''))
  return exitCodes.done
}

const experimentOf = (client: FettleClient, name: string) =>
  suggesting(client.api.trackedExperiment({ name }), {
    code: 'EXPERIMENT_UNKNOWN',
    name,
    names: async () => (await client.api.experiments({ limit: 500 })).items.map(each => each.name),
    noun: 'experiments',
    command: meant => `fettle experiments ${meant}`,
  })

/** A metric of a filter that no run has matches nothing without being an error: it may be misspelt. */
async function unknownMetrics(client: FettleClient, experiment: string, filter: string): Promise<string> {
  const { keys, more } = await client.api.runKeys({ experiments: experiment, kind: 'metrics', limit: 500 })
  if (more) return ''
  const asked = [...filter.matchAll(/\bmetrics?\.([\w]+)(?=\s*[<>=!])/gi)].map(([, key = '']) => key)
  return asked
    .filter(key => !keys.includes(key))
    .map(key => {
      const meant = nearest(key, keys)
      return `No run of it has the metric ${key}.${meant === undefined ? '' : ` Did you mean ${meant}?`}\n`
    })
    .join('')
}

const shownMetrics = 3

async function firstMetrics(client: FettleClient, experiment: string): Promise<readonly string[]> {
  const found = await client.api.runKeys({ experiments: experiment, kind: 'metrics', limit: 20 })
  const own = found.keys.filter(key => !key.startsWith('system/'))
  const keys = (own.length === 0 ? found.keys : own).slice(0, shownMetrics)
  const plain = (key: string) => /^[\w.]+$/.test(key) && !/\.(?:min|max|first|last)$/.test(key)
  return keys.map(key => (plain(key) ? `metrics.${key}` : `metrics.\`${key}\``))
}

async function compare(context: CommandContext, client: FettleClient, runs: string): Promise<0> {
  const ids = splitList(runs)
  if (ids.length < 2)
    throw new FettleError('USAGE', '--compare: two runs or more are wanted', {
      hint: 'Write their ids with commas between them; fettle experiments NAME lists them.',
    })
  const found = await client.api.compareRuns({ body: { runs: ids } })
  context.result(found, () => renderComparison(found))
  return exitCodes.done
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')
}

function limitOf(text = '50'): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return limit
  throw new FettleError('USAGE', `--limit: a whole number from 1 to 500 is wanted, not "${text}"`)
}
