import type { DefinitionFacts, SearchHit, Usage } from '../../api/catalog.ts'
import type { ExplainedTrainingRow, SampleRows } from '../../api/catalog-rows.ts'
import { kindWord } from './plan.ts'
import { formatAgo, formatBytes, formatCount, formatElapsed, plain, plural, table } from './text.ts'

export function renderHits(hits: readonly SearchHit[]): string {
  if (hits.length === 0) return 'Nothing applied is like that. Everything: fettle catalog\n'
  return table(
    ['kind', 'name', 'owner', 'use', 'marks', 'found in', 'description'],
    hits.map(({ kind, name, owner, usage, marks, matched, description }) => [
      kindWord(kind),
      name,
      owner ?? '',
      usageWord[usage],
      marks.filter(mark => mark !== 'unused' && mark !== 'idle').join(', '),
      matched.join(', '),
      description,
    ]),
  )
}

const usageWord: Readonly<Record<Usage['state'], string>> = {
  unused: 'unused',
  collected: 'in training sets',
  trained: 'in a model',
  live: 'live',
}

/** What is known of a definition's data, for people. */
export function renderFacts(facts: DefinitionFacts, now: number): string {
  const lines = [
    `use: ${usageLine(facts.usage)}`,
    ...facts.marks.map((mark, index) => `${mark}: ${plain(facts.reasons[index] ?? '')}`),
    ...sourceLines(facts.source),
    ...viewLines(facts.view, now),
    ...checkLines(facts.checks, now),
  ]
  const members = facts.members.map(({ name, type, unit, pii, meaning, usage, description }) => [
    name,
    type,
    [unit, pii].filter(each => each !== null).join(', '),
    usage === null ? '' : usageWord[usage.state],
    [meaning, description].filter(each => each !== null).join('; '),
  ])
  const columns =
    members.length === 0 ? '' : `\n${table(['column', 'type', 'unit, class', 'use', 'what'], members)}`
  return `${lines.map(line => `${line}\n`).join('')}${columns}${buildTable(facts.builds, now)}`
}

function usageLine({ state, views, trainingSets, models, live }: Usage): string {
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['feature views', views],
    ['training sets', trainingSets],
    ['models', models],
    ['live in', live],
  ]
  const told = groups.flatMap(([title, names]) =>
    names.length === 0 ? [] : [`${title} ${names.join(', ')}`],
  )
  return told.length === 0 ? usageWord[state] : `${usageWord[state]}; ${told.join('; ')}`
}

function sourceLines(source: DefinitionFacts['source']): string[] {
  if (source === null) return []
  const size = [
    ...(source.rows === null ? [] : [plural(source.rows, 'row')]),
    ...(source.bytes === null ? [] : [formatBytes(source.bytes)]),
    ...(source.contentVersion === null ? [] : [source.contentVersion.slice(0, 24)]),
    ...(source.problem === null ? [] : [source.problem]),
  ]
  return [...(size.length === 0 ? [] : [`content: ${plain(size.join(', '))}`]), `known: ${source.knownAt}`]
}

function viewLines(view: DefinitionFacts['view'], now: number): string[] {
  if (view === null) return []
  const { freshness, last, schedule, skew, watermark } = view
  const age =
    freshness.ageSeconds === null ? '' : `, newest row ${formatElapsed(freshness.ageSeconds * 1000)} old`
  const limit = freshness.limit === null ? '' : `, at most ${freshness.limit} is wanted`
  const words = { fresh: 'fresh', late: 'late', never: 'never filled', undeclared: 'filled' } as const
  return [
    `online: ${freshness.state === 'never' && last !== null ? 'empty' : words[freshness.state]}${age}${limit}`,
    ...(last === null
      ? []
      : [
          `last filled ${formatAgo(last.at, now)}: ${formatCount(last.read)} rows read, ${formatCount(last.keys)} keys, ${formatBytes(last.bytes)}, ${formatElapsed(last.seconds * 1000)} (${last.mode}, v${last.version} generation ${last.generation})`,
        ]),
    ...(watermark === null ? [] : [`complete up to ${watermark}`]),
    ...(schedule === null
      ? []
      : [`schedule: ${schedule.text}, next ${schedule.nextAt ?? 'never'} (fettle run ${schedule.pipeline})`]),
    ...skew.map(
      each =>
        `skew in ${each.deployment}: ${each.verdict} over ${plural(each.requests, 'request')}${each.differing.length === 0 ? '' : `, differing: ${each.differing.join(', ')}`}`,
    ),
  ]
}

function checkLines(checks: DefinitionFacts['checks'], now: number): string[] {
  if (checks === null) return []
  const open = checks.results.filter(each => each.state !== 'pass')
  return [
    `checks: ${checks.verdict} over ${plural(checks.rows, 'row')}, ${formatAgo(checks.at, now)}`,
    ...open.map(({ name, severity, state, found }) => `  ${name} (${severity}): ${state}, ${plain(found)}`),
  ]
}

function buildTable(builds: DefinitionFacts['builds'], now: number): string {
  if (builds === null || builds.length === 0) return ''
  return `\n${table(
    ['build', 'rows', 'excluded', 'as of', 'built', 'trained', 'id'],
    builds.map(({ number, rows, excluded, asOf, at, trained, id }) => [
      `v${number}`,
      formatCount(rows),
      formatCount(Object.values(excluded).reduce((sum, count) => sum + count, 0)),
      asOf.slice(0, 19),
      formatAgo(at, now),
      trained
        .map(each => `${each.model} v${each.version}${each.live.length > 0 ? ' (live)' : ''}`)
        .join(', '),
      id,
    ]),
  )}`
}

/** A few rows with where they are from. */
export function renderSample({ columns, rows, hidden, basis, asOf }: SampleRows): string {
  const from = `${basis}${asOf === null ? '' : `, as of ${asOf}`}`
  const secret = hidden.length === 0 ? '' : `Not shown, sensitive: ${hidden.join(', ')}.\n`
  const shown = table(
    columns.map(each => each.name),
    rows.map(row => row.map(cell => cell ?? 'null')),
  )
  return `${rows.length === 0 ? 'There are no rows.\n' : shown}${plain(from)}\n${secret}`
}

/** Where the values of a training row come from, in sentences. */
export function renderExplanation(explained: ExplainedTrainingRow): string {
  const { set, row, time, asOf, spine, sentences, changedSources } = explained
  const values = Object.entries(spine).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const lines = [
    `Row ${row ?? ''} of ${set}, at ${time}, with what was known as of ${asOf}`,
    `  ${plain(values.join(', '))}`,
    ...sentences.flatMap(each => ['', plain(each)]),
    ...(changedSources.length === 0
      ? []
      : [
          '',
          `Changed since the set was built, so that rows shown here may be others: ${changedSources.join(', ')}.`,
        ]),
  ]
  return `${lines.join('\n')}\n`
}
