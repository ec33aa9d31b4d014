import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ReleaseDetailView } from '../../../api/releases.ts'
import { Hash } from '../../components/hash.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import type { JsonObject } from '../../data/json.ts'
import { isObject, listAt, numberAt, objectAt, objectsAt, textAt } from '../../data/json.ts'
import { formatBytes, formatValue, plural, shortRun } from '../../format.ts'
import { principalText, shorten } from '../home/gather.ts'
import { partWord } from './words.ts'

/** What ships: the unit, each of its parts, and which of them differ from what it derives from. */
export function ReleaseDocument({ release }: { release: ReleaseDetailView }) {
  const { model, modelVersion, digest, createdAt, by, reason, changed, page, parent, verdict } = release
  const of = page?.champion
  const beside =
    of && of.digest === parent ? `the champion, release ${of.number}` : 'the release it derives from'
  return (
    <Panel title="What ships" aside="one unit: it serves and rolls back as a whole">
      <Facts
        items={[
          [
            'Model',
            <Link
              key="model"
              to="/models/$name"
              params={{ name: model }}
              search={{ version: String(modelVersion) }}
            >
              {model} v{modelVersion}
            </Link>,
          ],
          [
            'Differs',
            parent === null
              ? 'It derives from no other release.'
              : changed.length === 0
                ? `In nothing from ${beside}.`
                : `From ${beside}, in: ${changed.map(partWord).join(', ')}.`,
          ],
          ['Digest', <Hash key="digest" value={digest} />],
          [
            'Made',
            <span key="made">
              <Time at={createdAt} full /> by {principalText(by)}
              {reason ? `: ${shorten(reason)}` : ''}
            </span>,
          ],
          [
            'Judged in run',
            verdict ? (
              <Link key="run" to="/runs/$id" params={{ id: verdict.run }}>
                {shortRun(verdict.run)}
              </Link>
            ) : (
              'not judged yet'
            ),
          ],
        ]}
      />
      <Parts release={release} />
      <Files document={release.document} />
    </Panel>
  )
}

function Parts({ release: { document, parent, changed } }: { release: ReleaseDetailView }) {
  return (
    <SimpleTable
      label="Parts"
      head={['Part', 'What', 'Hash', 'Differs']}
      rows={partsOf(document).map(({ part, what, hash }) => [
        partWord(part),
        what,
        hash === undefined ? (
          <span key="hash" className="muted">
            within the digest
          </span>
        ) : (
          <Hash key="hash" value={hash} />
        ),
        parent === null ? (
          <span key="changed" className="muted">
            nothing to compare
          </span>
        ) : changed.includes(part) ? (
          <strong key="changed">differs</strong>
        ) : (
          'same'
        ),
      ])}
    />
  )
}

interface Part {
  readonly part: string
  readonly what: ReactNode
  readonly hash?: string | undefined
}

/** Fields of the document that are about the release as a document, not about what it serves. */
const aboutItself: ReadonlySet<string> = new Set([
  'schema',
  'deployment',
  'number',
  'digest',
  'createdAt',
  'parent',
  'changed',
])

function partsOf(document: unknown): readonly Part[] {
  if (!isObject(document)) return []
  return Object.entries(document).flatMap(([part, value]) =>
    aboutItself.has(part) ? [] : [{ part, what: whatOf(part, value), hash: hashOf(part, value) }],
  )
}

function whatOf(part: string, value: unknown): string {
  const texts: Readonly<Record<string, () => string>> = {
    model: () =>
      `${textAt(value, 'name')} v${numberAt(value, 'version')}, ${textAt(value, 'format')}, ${plural(listAt(value, 'files').length, 'file')}`,
    signature: () =>
      `${plural(listAt(value, 'inputs').length, 'input')}, ${plural(listAt(value, 'outputs').length, 'output')}`,
    features: () =>
      `${plural(listAt(value, 'vector').length, 'column')} of ${plural(listAt(value, 'views').length, 'view')}`,
    action: () => (isObject(value) ? (textAt(value, 'name') ?? 'one') : 'none: the score alone'),
    thresholdSet: () => thresholdsText(value),
    contracts: () =>
      `${plural(listAt(value, 'contracts').length, 'contract')} on ${plural(listAt(value, 'slices').length, 'slice')}`,
    selfTest: () =>
      `${plural(Array.isArray(value) ? value.length : listAt(value, 'rows').length, 'row')} with expected scores`,
    trainingSet: () => textAt(value, 'id') ?? 'not recorded',
    reasons: () => `version ${textAt(value, 'version')}, reviewed by ${textAt(value, 'reviewedBy')}`,
    environment: () => 'lock file, runtime and code it was made with',
    purpose: () => 'press release and number',
    log: () => 'what is kept of every decision',
    fallback: () => fallbackText(value),
  }
  return texts[part]?.() ?? formatValue(value).slice(0, 60)
}

function thresholdsText(value: unknown): string {
  const count = Object.keys(objectAt(value, 'segments') ?? {}).length
  return count === 0
    ? 'one for all'
    : `${plural(count, 'segment')} by ${textAt(objectAt(value, 'rule'), 'per') ?? 'segment'}`
}

function fallbackText(value: unknown): string {
  const score = numberAt(value, 'score')
  return score === undefined ? 'as declared' : `answers ${score}, marked degraded`
}

/** The hash by which a part can be had, where the document has one. */
function hashOf(part: string, value: unknown): string | undefined {
  if (part === 'purpose') return typeof value === 'string' ? value : undefined
  const keys = ['digest', 'hash', 'ruleHash', 'checksum', 'lockfile', 'lockHash', 'codeHash']
  return keys.map(key => textAt(value, key)).find(found => found !== undefined)
}

function Files({ document }: { document: unknown }) {
  const files = objectsAt(objectAt(document, 'model'), 'files')
  if (files.length === 0) return null
  return (
    <details className="card-section">
      <summary>{plural(files.length, 'file')} of the model, by hash</summary>
      <SimpleTable
        label="Files of the model"
        head={['File', '>Size', 'Hash']}
        rows={files.map((file: JsonObject) => [
          <code key="path">{textAt(file, 'path') ?? textAt(file, 'name') ?? 'unnamed'}</code>,
          formatBytes(numberAt(file, 'bytes') ?? numberAt(file, 'size') ?? 0),
          <Hash key="hash" value={textAt(file, 'hash') ?? textAt(file, 'sha256') ?? ''} />,
        ])}
      />
    </details>
  )
}
