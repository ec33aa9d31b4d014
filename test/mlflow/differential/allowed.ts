import type { Difference } from './replay.ts'

interface Allowed {
  /** Why Fettle answers otherwise, or why this MLflow does not count. */
  readonly reason: string
  matches(difference: Difference): boolean
}

const statuses = ({ ours, theirs }: Difference) => `${ours.status} ${theirs.status}`
const sent = ({ step }: Difference): string => JSON.stringify(step.json ?? step.query ?? step.text ?? '')
const errorCode = (body: unknown): unknown => (body as { error_code?: unknown } | undefined)?.error_code
const search = ({ step }: Difference): boolean => step.call.endsWith('/search')
const filterOf = ({ step }: Difference): string => {
  const filter = (step.json as { filter?: unknown } | undefined)?.filter
  return typeof filter === 'string' ? filter : (step.query?.find(([name]) => name === 'filter')?.[1] ?? '')
}

/** The first that matches is the reason; what none matches is a defect. */
const allowed: readonly Allowed[] = [
  {
    reason: 'what MLflow fails at with 5xx is refused with 4xx',
    matches: ({ ours, theirs }) => theirs.status >= 500 && ours.status >= 400 && ours.status < 500,
  },
  {
    reason: 'stores differ once MLflow took a malformed value that Fettle refused',
    matches: each => each.scenario === 'mutations' && statuses(each) === '200 200',
  },
  {
    reason: 'a value of the wrong kind, an unknown name and U+0000 are refused',
    matches: ({ scenario, ours }) => scenario === 'mutations' && ours.status === 400,
  },
  {
    reason: 'experiments and runs that cannot be are unknown: 404, whatever their id looks like',
    matches: each =>
      each.ours.status === 404 &&
      /experiment_id|run_id|source_run_id/.test(sent(each)) &&
      each.theirs.status < 500,
  },
  {
    reason: 'a combining mark is a letter in keys and aliases',
    matches: each => each.scenario === 'mutations' && sent(each).includes('é\u0301'),
  },
  {
    reason: 'the model of a call is the one in its path, and outputs name models that exist',
    matches: each =>
      each.scenario === 'mutations' && /\/(?:logged-models\/@|runs\/outputs)/.test(each.step.call),
  },
  {
    reason: '3.17 refuses names with / and :, and what 3.6 and the specification keep',
    matches: each =>
      each.scenario === 'mutations' &&
      /registered-models|model-versions/.test(each.step.call) &&
      /\.\.\/x|\{\\"a\\":1\}|a{300}/.test(sent(each)),
  },
  {
    reason: '3.17 wants max_results of experiments, and experiments that are numbers in searches',
    matches: each =>
      search(each) && statuses(each) === '200 400' && /"(?:ALL|x|NaN)"|max_results/.test(sent(each)),
  },
  {
    reason: 'null counts as absent',
    matches: each =>
      each.scenario === 'mutations' && each.theirs.status === 500 && sent(each).includes(':null'),
  },
  {
    reason: 'NaN comes after the numbers of its time and step',
    matches: each => each.step.call.includes('/metrics/get-history') && /MLflow "NaN"/.test(each.said),
  },
  {
    reason: 'the history of models is JSON without spaces',
    matches: each => each.said.startsWith('/run/data/tags/0') && each.said.includes('log-model.history'),
  },
  {
    reason: 'a description that is taken away is empty',
    matches: each => /^(?:\S+\/description: "", MLflow absent(?: · |$))+$/.test(each.said),
  },
  {
    reason: 'the logged model of a version is told',
    matches: each => /^\/model_version\/model_id: .*, MLflow absent$/.test(each.said),
  },
  {
    reason: 'OR, NOT, parentheses and IS NULL are taken for runs',
    matches: each =>
      each.step.call.endsWith('/runs/search') &&
      statuses(each) === '200 400' &&
      /\bOR\b|\bNOT\b|\(|\bIS\b/i.test(filterOf(each)),
  },
  {
    reason: 'every search knows the same spellings: prefixes, quotes, LIKE in any case, creation_timestamp',
    matches: each =>
      search(each) &&
      statuses(each) === '200 400' &&
      /attr(?:ibutes?)?\.|[`"]|like|creation_timestamp/i.test(`${filterOf(each)} ${sent(each)}`),
  },
  {
    reason:
      'a missing AND or comma, an AND too much, an empty key, text without quotes and a field ordered by twice are refused',
    matches: each =>
      search(each) &&
      statuses(each) === '400 200' &&
      (/^\s*AND|AND\s*$|AND\s+AND|'\s+[\w.`]+ =|\. =|AND AND| = \d|'\s+'/i.test(filterOf(each)) ||
        /duplicate fields|is empty/.test(each.ours.text)),
  },
  {
    reason: 'database words of MLflow are a refusal in words here, and writing twice is no error',
    matches: ({ theirs, ours }) => errorCode(theirs.body) === 'BAD_REQUEST' && ours.status < 500,
  },
  {
    reason:
      'paths that are not their own normal form are refused, and a file is stored with {} as the answer',
    matches: each =>
      /artifacts/.test(each.step.call) &&
      (each.ours.status === 400 || (each.step.call.startsWith('PUT') && statuses(each) === '200 200')),
  },
  {
    reason: 'an unknown address is told in JSON',
    matches: ({ ours }) => errorCode(ours.body) === 'ENDPOINT_NOT_FOUND',
  },
  {
    reason: 'a dataset without a digest is any of its name, where MLflow finds none',
    matches: each =>
      each.step.call.endsWith('/logged-models/search') && /"dataset_name":"[^"]*"\}/.test(sent(each)),
  },
  {
    reason: 'the tag that marks a prompt is compared as every other, but for absence',
    matches: each => search(each) && filterOf(each).includes('is_prompt'),
  },
  {
    reason: 'keys that are too long to exist are refused when they are deleted, too',
    matches: each => each.step.call.endsWith('/delete-tag') && statuses(each) === '400 200',
  },
]

/** Why the difference is meant; undefined for a defect. */
export function reasonFor(difference: Difference): string | undefined {
  return allowed.find(each => each.matches(difference))?.reason
}
