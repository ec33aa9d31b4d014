import type { DefinitionDetail, DefinitionSummary } from '../../api/catalog.ts'
import type { Model, ModelSummary } from '../../api/tracking.ts'
import { kindWord, refWords } from './plan.ts'
import { formatAgo, formatNumber, plain, table } from './text.ts'

export function renderDefinitions(definitions: readonly DefinitionSummary[], now: number): string {
  if (definitions.length === 0) return 'Nothing is applied yet. See what would be: fettle plan\n'
  return table(
    ['kind', 'name', 'version', 'applied', 'owner', 'description'],
    definitions.map(({ kind, name, version, appliedAt, owner, description }) => [
      kindWord(kind),
      name,
      `v${version}`,
      formatAgo(appliedAt, now),
      owner ?? '',
      description,
    ]),
  )
}

export function renderDefinition(definition: DefinitionDetail, now: number): string {
  const { kind, name, version, description, location, dependsOn, usedBy, versions, facts } = definition
  const lines = [
    `${kindWord(kind)} ${name} v${version}`,
    ...(description === '' ? [] : [plain(description)]),
    ...(location === null ? [] : [`written at ${location}`]),
    ...(dependsOn.length === 0 ? [] : [`made from ${dependsOn.map(refWords).join(', ')}`]),
    ...(usedBy.length === 0 ? ['used by nothing'] : [`used by ${usedBy.map(refWords).join(', ')}`]),
    ...facts.map(
      ({ label, value, at }) => `${label}: ${value}${at === null ? '' : `, ${formatAgo(at, now)}`}`,
    ),
    '',
    'Versions:',
    ...versions.map(
      entry =>
        `  v${entry.version}  ${entry.semanticHash.slice(0, 19)}  ${formatAgo(entry.appliedAt, now)} by ${plain(entry.by)}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

export function renderModels(models: readonly ModelSummary[]): string {
  if (models.length === 0) return 'No models are registered yet. Train one: fettle run PIPELINE\n'
  return table(
    ['model', 'versions', 'champion', 'aliases', 'description'],
    models.map(({ name, latestVersion, aliases, description }) => [
      name,
      latestVersion === null ? '0' : String(latestVersion),
      aliases['champion'] === undefined ? 'none' : `v${aliases['champion']}`,
      Object.entries(aliases)
        .map(([alias, version]) => `${alias}=v${version}`)
        .join(' '),
      description,
    ]),
  )
}

export function renderModel(model: Model, now: number): string {
  const rows = model.versions.map(version => [
    `v${version.version}`,
    version.aliases.join(' '),
    version.format,
    formatAgo(version.createdAt, now),
    Object.entries(version.metrics)
      .slice(0, 4)
      .map(([name, value]) => `${name} ${quantityWords(value)}`)
      .join(', '),
    version.reproduction === undefined
      ? ''
      : `${version.reproduction.class}, ${version.reproduction.reason} (${version.reproduction.at.slice(0, 10)})`,
  ])
  const head = `model ${model.name}${model.description === '' ? '' : `\n${plain(model.description)}`}\n`
  return rows.length === 0
    ? `${head}no versions yet\n`
    : `${head}\n${table(['version', 'aliases', 'format', 'registered', 'metrics', 'reproducible'], rows)}`
}

/** What was not measured says why; it is never 0. */
function quantityWords(value: number | { readonly undefined: string }): string {
  return typeof value === 'number' ? formatNumber(value) : `not measured (${value.undefined})`
}
