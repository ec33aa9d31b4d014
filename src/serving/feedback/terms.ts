import type { FeedbackData } from '../../definitions/index.ts'
import { compileChecker, type RowChecker } from '../front/checker.ts'
import type { ServableRelease } from '../model.ts'

/** What feedback of one release is checked by. */
export interface FeedbackTerms {
  readonly kinds: ReadonlyMap<string, FeedbackData>
  readonly request: ServableRelease['features']['request']
  /** Of the entity keys alone; undefined where there are none. */
  readonly checkKey: RowChecker | undefined
  /** Whole numbers are among the keys: digits a double cannot hold are kept. */
  readonly integers: boolean
}

const known = new WeakMap<ServableRelease, FeedbackTerms>()

/** Worked out once a release. One without declared kinds takes no feedback. */
export function feedbackTerms(release: ServableRelease): FeedbackTerms {
  const found = known.get(release)
  if (found) return found
  const { request } = release.features
  const keys = request.filter(field => field.role === 'key')
  const terms: FeedbackTerms = {
    kinds: new Map([demoKind, ...(release.feedback ?? [])].map(kind => [kind.name, kind])),
    request,
    checkKey: keys.length === 0 ? undefined : compileChecker(keys, []),
    integers: keys.some(field => field.type === 'int64'),
  }
  known.set(release, terms)
  return terms
}

/** The source of the demo page: its votes are a population of their own, and no labels unless a kind asks for them by name. */
export const demoSource = 'demo'

/** Right or wrong of a prediction on a demo page; every release takes it, unless it declares a kind of this name. */
export const demoKind: FeedbackData = { name: 'demo', is: 'yes-no', within: '30d', sources: [demoSource] }

/** Place of a source in the order of trust; null: what it says is kept and not used. */
export function rankOf({ sources }: Pick<FeedbackData, 'sources'>, source: string): number | null {
  if (sources === undefined) return source === demoSource ? null : 0
  const at = sources.indexOf(source)
  return at < 0 ? null : at
}
