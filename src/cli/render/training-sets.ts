import type { TrainingSet, TrainingSetSummary, Verification } from '../../api/training-sets.ts'
import { formatAgo, formatBytes, formatCount, plain, plural, table } from './text.ts'

export function renderTrainingSets(sets: readonly TrainingSetSummary[], now: number): string {
  if (sets.length === 0) return 'No training set is stored yet. Build one: fettle training-sets build NAME\n'
  return table(
    ['training set', 'rows', 'as of', 'built', 'by', 'id'],
    sets.map(({ name, number, rows, asOf, createdAt, author, id, reproducible }) => [
      `${name}@v${number}${reproducible ? '' : ' (not reproducible)'}`,
      formatCount(rows),
      asOf.slice(0, 19),
      formatAgo(createdAt, now),
      author ?? '',
      id,
    ]),
  )
}

/** A manifest for people. */
export function renderTrainingSet(set: TrainingSet, now: number): string {
  const excluded = Object.entries(set.excluded).filter(([, count]) => count > 0)
  const bytes = set.files.reduce((sum, file) => sum + file.bytes, 0)
  const lines = [
    `${set.name}@v${set.number}  ${set.id}`,
    `${plural(set.rows, 'row')} of ${formatCount(set.spineRows)} in the spine${excluded.map(([reason, count]) => `, ${formatCount(count)} ${reason.replaceAll('_', ' ')}`).join('')}`,
    ...Object.entries(set.splits).map(([name, rows]) => `  ${name}: ${formatCount(rows)}`),
    `as of ${set.asOf}, built ${formatAgo(set.createdAt, now)}${set.author === null ? '' : ` by ${plain(set.author)}`} with ${plain(set.engine)}`,
    `content ${set.checksum}`,
    `${set.stored ? formatBytes(bytes) : 'the bytes are no longer stored; this manifest is'}${set.reproducible ? '' : '; not reproducible: a source has no version'}`,
    'from',
    ...Object.entries(set.sources).map(([name, version]) => `  ${name} ${version.slice(0, 22)}`),
  ]
  const columns = set.columns.map(({ name, type, role, flags }) => [
    name,
    type,
    role,
    flags.join(', '),
    statusWords(set.statuses[name]),
  ])
  return `${lines.join('\n')}\n\n${table(['column', 'type', 'role', 'flags', 'not present'], columns)}`
}

const statusNames: Readonly<Record<string, string>> = {
  N: 'null',
  F: 'not found',
  A: 'outside max age',
  E: 'error',
}

function statusWords(counts: Readonly<Record<string, number>> = {}): string {
  return Object.entries(counts)
    .filter(([letter, count]) => letter !== 'P' && count > 0)
    .map(([letter, count]) => `${formatCount(count)} ${statusNames[letter] ?? letter}`)
    .join(', ')
}

export function renderVerification({ id, ok, differences, rows, checksum }: Verification): string {
  return ok
    ? `${id} is as it was built: ${plural(rows, 'row')}, ${checksum}\n`
    : `${id} is not as it was built:\n${differences.map(each => `  ${plain(each)}\n`).join('')}`
}
