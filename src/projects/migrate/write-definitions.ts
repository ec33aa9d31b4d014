import type { ImportedColumn, ImportedDefinitions, ImportedSource, ImportedView } from './imported.ts'

/** The text of one TypeScript file of definitions. */
export function writeDefinitions(imported: ImportedDefinitions): string {
  const names = identifiers(imported)
  const body = [
    ...imported.entities.map(({ name, description, key }) =>
      definition(names(`entity ${name}`), `entity(${quote(name)}, {`, [
        ...described({ description }),
        `key: ${columnTypes(key)},`,
      ]),
    ),
    ...ordered(imported.sources).map(each => sourceText(each, names)),
    ...imported.views.map(each => viewText(each, names)),
    ...imported.remarks.map(({ title, lines }) =>
      [`// ${title}`, ...lines.map(line => `// ${line}`.trimEnd())].join('\n'),
    ),
  ].join('\n\n')
  const used = words.filter(word => new RegExp(`(?<![\\w.'])${word}[(\`]`).test(body))
  return `// Imported from ${imported.from}.\nimport { ${used.join(', ')} } from 'fettle'\n\n${body}\n`
}

const words = [
  'bool',
  'bytes',
  'csv',
  'date',
  'entity',
  'featureView',
  'float32',
  'float64',
  'int64',
  'parquet',
  'push',
  'source',
  'sql',
  'string',
  'timestamp',
]

type Names = (key: string) => string

/** `driver_stats` the view becomes `driverStatsView`: kinds do not collide, nor do they with what is imported. */
function identifiers({ entities, sources, views }: ImportedDefinitions): Names {
  const taken = new Map<string, string>()
  const add = (kind: string, name: string, suffix: string): void => {
    const camel = `${name.replace(/[_-]+(.?)/g, (_, letter: string) => letter.toUpperCase())}${suffix}`
    let identifier = camel
    for (let count = 2; [...taken.values()].includes(identifier); count++) identifier = `${camel}${count}`
    taken.set(`${kind} ${name}`, identifier)
  }
  for (const { name } of entities) add('entity', name, 'Entity')
  for (const { name } of sources) add('source', name, 'Source')
  for (const { name } of views) add('view', name, 'View')
  return key => taken.get(key) ?? 'undefined'
}

/** Sources before those that read them. */
function ordered(sources: readonly ImportedSource[]): readonly ImportedSource[] {
  const placed = new Set<ImportedSource>()
  const place = (each: ImportedSource): void => {
    if (placed.has(each)) return
    const read = each.from.kind === 'sql' ? each.from.sources : []
    for (const name of read) {
      const other = sources.find(candidate => candidate.name === name && candidate !== each)
      if (other) place(other)
    }
    placed.add(each)
  }
  for (const each of sources) place(each)
  return [...placed]
}

function definition(identifier: string, call: string, lines: readonly string[]): string {
  return [`export const ${identifier} = ${call}`, ...lines.map(line => `  ${line}`), '})'].join('\n')
}

function sourceText(
  { name, description, from, columns, eventTime, knownAt }: ImportedSource,
  names: Names,
): string {
  return definition(names(`source ${name}`), `source(${quote(name)}, {`, [
    ...described({ description }),
    `from: ${locationText(from, names)},`,
    `columns: ${columnTypes(columns)},`,
    ...(eventTime === undefined ? [] : [`eventTime: ${quote(eventTime)},`]),
    ...(knownAt === undefined ? [] : [`knownAt: ${quote(knownAt)},`]),
  ])
}

function locationText(from: ImportedSource['from'], names: Names): string {
  if (from.kind === 'push') return 'push()'
  if (from.kind !== 'sql') return `${from.kind}(${quote(from.path)})`
  const text = from.texts.map((piece, index) => {
    const read = from.sources[index]
    const plain = piece.replace(/[\\`]|\$\{/g, found => `\\${found}`)
    return read === undefined ? plain : `${plain}\${${names(`source ${read}`)}}`
  })
  return `sql\`${text.join('')}\``
}

function viewText(view: ImportedView, names: Names): string {
  const features = Object.entries(view.features).map(
    ([feature, column]) => `${key(feature)}: ${member('c', column)}`,
  )
  const keys = Object.entries(view.keys ?? {}).map(
    ([component, column]) => `${key(component)}: ${quote(column)}`,
  )
  return definition(names(`view ${view.name}`), `featureView(${quote(view.name)}, {`, [
    ...described(view),
    ...(view.entity === undefined ? [] : [`entity: ${names(`entity ${view.entity}`)},`]),
    `source: ${names(`source ${view.source}`)},`,
    ...(keys.length === 0 ? [] : [`keys: { ${keys.join(', ')} },`]),
    `features: c => ({ ${features.join(', ')} }),`,
    ...(view.maxAge === undefined ? [] : [`maxAge: ${quote(view.maxAge)},`]),
  ])
}

function described({
  description,
  owner,
}: {
  readonly description?: string | undefined
  readonly owner?: string
}): string[] {
  return [
    ...(description ? [`description: ${quote(description)},`] : []),
    ...(owner ? [`owner: ${quote(owner)},`] : []),
  ]
}

function columnTypes(columns: readonly ImportedColumn[]): string {
  const texts = columns.map(({ name, type }) => `${key(name)}: ${type}()`)
  return texts.length <= 3
    ? `{ ${texts.join(', ')} }`
    : `{\n${texts.map(each => `    ${each},\n`).join('')}  }`
}

const quote = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`
const plainKey = /^[A-Za-z_$][\w$]*$/
const key = (name: string): string => (plainKey.test(name) ? name : quote(name))
const member = (object: string, name: string): string =>
  plainKey.test(name) ? `${object}.${name}` : `${object}[${quote(name)}]`
