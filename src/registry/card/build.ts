import type { Json } from '../../kernel/canonical.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { KeptEvaluation } from '../evaluations/model.ts'
import { fairnessSection, importanceSection } from './judged.ts'
import { measuredSections } from './measured.ts'
import type { CardField, CardNote, CardRow, CardSection, CardSources, ModelCard } from './model.ts'

const notRecorded = 'not recorded'
const notWritten = 'not written'

function fact(name: string, value: string | null | undefined, missing = notRecorded): CardRow {
  const known = value === undefined || value === null || value === '' ? null : value
  return { name, value: known, missing: known === null ? missing : null, writtenBy: null }
}

/** The card of a version, as it stands now. What nobody knows is said to be unknown, never left out. */
export function buildCard(sources: CardSources): ModelCard {
  const { version } = sources
  const { model, version: number, digest } = version
  return {
    schema: 1,
    ...{ model, version: number, digest },
    frozenAt: null,
    sections: [
      intendedUse(sources),
      data(sources),
      ...measuredSections(evaluationOf(sources)),
      keptSection(sources.facts.kept ?? []),
      importanceSection(sources.facts.importance),
      fairnessSection(sources.facts.fairness, written(sources.notes, 'fairness', 'Remarks')),
      section('limits', 'Limits', [
        ...written(sources.notes, 'limits', 'Limits', notWritten),
        fact('Files that run code when loaded', sources.executesCode.join(', ') || 'none'),
      ]),
      section('environment', 'Environment', sources.facts.environment.map(pair)),
      lineage(sources),
      approvals(sources),
      reproduction(sources),
    ],
  }
}

/** As registered, else the newest that was kept. */
const evaluationOf = ({ version, facts }: Pick<CardSources, 'version' | 'facts'>): Json | null =>
  version.evaluation ?? facts.evaluation ?? null

function keptSection(kept: readonly KeptEvaluation[]): CardSection {
  const none = [fact('Evaluations', null, 'none were kept')]
  return section(
    'evaluations',
    'Evaluations on other rows',
    kept.length === 0 ? none : [],
    kept.length === 0
      ? null
      : {
          head: ['On', 'n', 'Against', 'Contracts', 'At', 'By', 'Report'],
          rows: kept.map(each => [
            ...[each.on, String(each.rows), each.against ?? '–', each.verdict ?? '–'],
            ...[formatTimestamp(each.at), each.by, each.hash],
          ]),
        },
  )
}

function intendedUse({ facts, notes, version }: CardSources): CardSection {
  return section(
    'intended-use',
    'Intended use',
    [
      fact('What it is for', facts.description),
      ...written(notes, 'intended-use', 'Intended use', notWritten),
      ...written(notes, 'kpi', 'KPI', 'not declared'),
      fact('Owner', facts.owner),
      fact('Task', facts.task),
      fact('Better candidate chosen by', facts.chosenBy),
      fact('Format', version.format),
    ],
    facts.actions.length === 0
      ? null
      : {
          head: ['Deployment', 'Action', 'Threshold'],
          rows: facts.actions.map(each => [each.deployment, each.action, thresholdText(each)]),
        },
  )
}

function thresholdText({ threshold, segments }: CardSources['facts']['actions'][number]): string {
  if (!segments) return String(threshold)
  const { per, count, lowest, highest } = segments
  return `${count} by ${per}, from ${lowest} to ${highest}; ${threshold} for any other`
}

function data({ version, facts, notes }: CardSources): CardSection {
  const { trainingSet } = version
  return section('data', 'Data', [
    fact('Training set', trainingSet?.id),
    fact('Rows', trainingSet && String(trainingSet.rows)),
    fact('Checksum', trainingSet?.checksum),
    fact('As of', facts.data?.asOf),
    fact('Label', shown(facts.data?.label)),
    fact('Splits', shown(facts.data?.splits)),
    fact('Sources', facts.data?.sources.join(', ')),
    fact('Feature views', facts.data?.views.join(', ')),
    fact('Judged rows without a label', unlabelled(evaluationOf({ version, facts })), 'not measured'),
    ...written(notes, 'known-gaps', 'Known gaps', notWritten),
  ])
}

function lineage({ version, facts }: CardSources): CardSection {
  return section('lineage', 'Lineage', [
    fact('Registered', formatTimestamp(version.createdAt)),
    fact('Pipeline run', version.pipelineRun, 'none: registered directly'),
    fact('Tracked run', version.experimentRun, 'none'),
    fact('Digest', version.digest),
    fact('Files', version.files.map(({ path, hash }) => `${path} ${hash}`).join(', '), 'none are kept here'),
    ...facts.code.map(pair),
    fact('Manifest', facts.manifest),
  ])
}

function approvals({ version, aliasHistory, signed }: CardSources): CardSection {
  const events = aliasHistory.filter(event => event.version === version.version)
  return section(
    'approvals',
    'Approvals',
    [
      fact('Files', signed.problem === null ? signed.state : `${signed.state}: ${signed.problem}`),
      fact('Signed by', signed.by, 'nobody'),
      fact('Key', signed.key, 'none'),
      ...(events.length === 0 ? [fact('Aliases', null, 'never had one')] : []),
    ],
    events.length === 0
      ? null
      : {
          head: ['Alias', 'Since', 'By', 'Why'],
          rows: events.map(({ alias, at, by, reason }) => [alias, formatTimestamp(at), by, reason]),
        },
  )
}

function reproduction({ facts }: CardSources): CardSection {
  const found = facts.reproduction
  return section('reproduction', 'Reproduction', [
    fact('Class', found?.class, 'not looked at'),
    fact('Because', found?.reason, 'not looked at'),
    fact('Evidence of', found?.at, 'not looked at'),
  ])
}

function section(
  key: string,
  title: string,
  rows: readonly CardRow[],
  table: CardSection['table'] = null,
): CardSection {
  return { key, title, rows, table }
}

function unlabelled(evaluation: Json | null): string | null {
  const count = (evaluation as { readonly unlabelled?: number } | null)?.unlabelled
  return count === undefined ? null : String(count)
}

const pair = ([name, value]: readonly [string, string]) => fact(name, value)

/** What people wrote of a field; with `missing`, a row that says so when nobody did. */
function written(notes: readonly CardNote[], field: CardField, name: string, missing?: string): CardRow[] {
  const note = notes.find(each => each.field === field)
  if (note !== undefined) return [{ name, value: note.text, missing: null, writtenBy: note.by }]
  return missing === undefined ? [] : [fact(name, null, missing)]
}

function shown(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
