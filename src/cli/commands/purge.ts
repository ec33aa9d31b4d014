import type { PurgeReport } from '../../api/tracking-purge.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { confirm } from '../confirm.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { formatBytes, plural, table } from '../render/text.ts'

export interface PurgeOptions {
  readonly olderThan?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
}

const deadlineMs = 10 * 60_000

export const run: Command<PurgeOptions> = async (context, { olderThan, dryRun, yes }, ...experiments) => {
  const client = await context.client({ deadlineMs })
  const request = { experiments, ...(olderThan === undefined ? {} : { olderThan }) }
  const foreseen = await client.api.purgeDeleted({ body: { ...request, dryRun: true } })
  if (dryRun === true || foreseen.experiments.length === 0) {
    context.result(foreseen, () => renderPurge(foreseen))
    return exitCodes.done
  }
  if (!context.json) context.io.err(renderPurge(foreseen))
  if (yes !== true && (!context.io.interactive || context.json))
    throw new FettleError('USAGE', 'purge asks before it removes anything, and nobody can answer here', {
      hint: 'Look at it with --dry-run; then fettle purge --yes.',
    })
  if (yes !== true && !(await confirm('Remove this for good?'))) {
    context.io.err('Nothing was removed.\n')
    return exitCodes.failed
  }
  const purged = await purgeAll(client, request)
  context.result(purged, () => `Removed:\n${renderPurge(purged)}fettle artifacts gc collects the bytes.\n`)
  return exitCodes.done
}

interface Request {
  readonly experiments: readonly string[]
  readonly olderThan?: string
}

/** One request does some seconds of it. */
async function purgeAll(client: FettleClient, { experiments, ...request }: Request): Promise<PurgeReport> {
  const total = new Map<string, PurgeReport['experiments'][number]>()
  for (let names = experiments; ; ) {
    const { held, more, ...part } = await client.api.purgeDeleted({
      body: { ...request, experiments: [...names], dryRun: false },
    })
    for (const each of part.experiments) total.set(each.id, sum(total.get(each.id), each))
    const gone = new Set([...total.values()].filter(({ removed }) => removed).map(({ name }) => name))
    names = experiments.filter(name => !gone.has(name))
    const isDone = !more || (experiments.length > 0 && names.length === 0)
    if (isDone) return { experiments: [...total.values()], held, more: false }
  }
}

type Purged = PurgeReport['experiments'][number]

function sum(before: Purged | undefined, { runs, loggedModels, points, ...more }: Purged): Purged {
  return {
    ...more,
    runs: runs + (before?.runs ?? 0),
    loggedModels: loggedModels + (before?.loggedModels ?? 0),
    points: points + (before?.points ?? 0),
    params: more.params + (before?.params ?? 0),
    tags: more.tags + (before?.tags ?? 0),
    files: more.files + (before?.files ?? 0),
  }
}

const columns = ['runs', 'loggedModels', 'points', 'params', 'tags', 'files'] as const
const headings = ['experiment', 'runs', 'models', 'points', 'params', 'tags', 'files', 'artifacts', '']

/** What goes of each experiment, and what stays although it is deleted. */
function renderPurge({ experiments, held }: PurgeReport): string {
  const rows = experiments.map(each => [
    each.name,
    ...columns.map(column => String(each[column])),
    each.bytes === 0 ? '-' : formatBytes(each.bytes),
    each.removed ? 'name is freed' : 'experiment stays',
  ])
  const kept = held.map(
    ({ kind, id, experiment, by }) =>
      `  ${kind === 'run' ? 'run' : 'logged model'} ${id} of ${experiment}: ${by.join(', ')}\n`,
  )
  return [
    rows.length === 0 ? 'Nothing that is deleted can be removed.\n' : table(headings, rows),
    ...(kept.length === 0 ? [] : [`${plural(kept.length, 'deleted thing')} in use, kept:\n`, ...kept]),
  ].join('')
}
