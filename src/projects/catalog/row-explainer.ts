import type { DefinitionRef } from '../../definitions/index.ts'
import type { ExplainedSourceRow, RowExplanation, TrainingSetRecord } from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { applied, trainingSetClosure } from '../closures.ts'
import { classOf } from './classes.ts'
import { explanationSentences } from './explain-words.ts'
import type { Loaded } from './loaded.ts'
import { type CatalogContext, maskedValue, sourcesBelow } from './samples.ts'

export interface ExplainedTrainingRow extends RowExplanation {
  readonly set: string
  readonly changedSources: readonly string[]
  readonly sentences: readonly string[]
}

/** Explains rows of stored training sets by the definitions that they were built from. */
export function rowExplainer(context: CatalogContext) {
  return {
    /**
     * Which source rows gave each value of a row, by its `__row`, and why no later one did. Throws TRAINING_SET_UNKNOWN,
     * EXPLANATION_UNAVAILABLE, ROW_UNKNOWN, DEADLINE.
     */
    async explainTrainingRow(set: TrainingSetRecord, row: number): Promise<ExplainedTrainingRow> {
      const loaded = await context.load({ columns: true })
      const ref: DefinitionRef = `trainingSet:${set.name}`
      const standing = loaded.current.find(each => each.ref === ref)
      if (standing?.version !== set.definitionVersion) throw otherDefinitions(set, standing?.version)
      const directory = await context.directory()
      const explained = await context.preview.explain({
        closure: trainingSetClosure(applied(loaded.current), set.name),
        row,
        asOf: set.manifest.asOf,
        directory,
      })
      const states = await context.sources(sourcesBelow(loaded, ref), directory)
      const hidden = maskExplanation(explained, set.name, loaded)
      return {
        ...hidden,
        set: set.id,
        changedSources: Object.entries(set.manifest.sources)
          .filter(([name, version]) => states.get(name)?.version !== version)
          .map(([name]) => name),
        sentences: explanationSentences(hidden),
      }
    },
  }
}

function otherDefinitions({ name, number, definitionVersion }: TrainingSetRecord, now: number | undefined) {
  return new FettleError(
    'EXPLANATION_UNAVAILABLE',
    `${name}@v${number} was built from version ${definitionVersion} of its definition; ${now === undefined ? 'it is no longer applied' : `version ${now} stands`}`,
    { hint: `Explain a row of a build of what stands: fettle training-sets build ${name}` },
  )
}

type Mask = (columns: Readonly<Record<string, Json>>) => Readonly<Record<string, Json>>

/** The explanation without what a reader may not see: personal values are masked, sensitive columns left out. */
function maskExplanation(explained: RowExplanation, name: string, loaded: Loaded): RowExplanation {
  const classes = classOf(loaded.graph, loaded.definitions)
  const set = loaded.definitions.find(each => each.kind === 'trainingSet' && each.name === name)
  const spine = set?.kind === 'trainingSet' ? set.spine.source : ''
  const sourceOf = new Map(
    loaded.definitions.flatMap(each => (each.kind === 'featureView' ? [[each.name, each.source]] : [])),
  )
  const maskBy =
    (ref: string): Mask =>
    columns =>
      Object.fromEntries(
        Object.entries(columns).flatMap(([column, value]): [string, Json][] => {
          const found = classes(`${ref}.${column}`)
          if (found === 'sensitive') return []
          return [[column, found === null || value === null ? value : maskedValue]]
        }),
      )
  const maskSpine = maskBy(`source:${spine}`)
  return {
    ...explained,
    spine: maskSpine(explained.spine),
    lookups: explained.lookups.map(lookup => {
      const mask = maskBy(`source:${sourceOf.get(lookup.view) ?? ''}`)
      const maskRow = <Row extends ExplainedSourceRow>(row: Row): Row => ({
        ...row,
        columns: mask(row.columns),
      })
      const keys = maskKeys(lookup.keys, { spine: explained.spine, masked: maskSpine(explained.spine) })
      if (lookup.kind === 'window')
        return {
          ...lookup,
          keys,
          first: lookup.first.map(maskRow),
          last: lookup.last.map(maskRow),
          knownLater: lookup.knownLater.map(maskRow),
        }
      return {
        ...lookup,
        keys,
        winner: lookup.winner && maskRow(lookup.winner),
        losers: lookup.losers.map(maskRow),
        features: lookup.features.map(feature =>
          classes(`trainingSet:${name}.${feature.name}`) === null || feature.value === null
            ? feature
            : { ...feature, value: maskedValue },
        ),
      }
    }),
  }
}

/** Key values come from spine columns of their own names: one that is masked or left out there is masked here. */
function maskKeys(
  keys: Readonly<Record<string, Json>>,
  { spine, masked }: Record<'spine' | 'masked', Readonly<Record<string, Json>>>,
): Readonly<Record<string, Json>> {
  const secret = Object.entries(spine).flatMap(([name, value]) => (masked[name] === value ? [] : [value]))
  return Object.fromEntries(
    Object.entries(keys).map(([name, value]) => [name, secret.includes(value) ? maskedValue : value]),
  )
}
