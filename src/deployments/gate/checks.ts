import type { DeploymentData } from '../../definitions/index.ts'
import { unmappedFeatures } from '../../evaluation/index.ts'
import { canonicalJson, type Json } from '../../kernel/canonical.ts'
import type { Release, Signature } from '../../registry/index.ts'
import type { GateCheck, JudgedRelease } from './model.ts'

/** What a check found; the rest of a GateCheck is said once. */
export type Finding = Pick<GateCheck, 'verdict' | 'n' | 'margin' | 'finding' | 'change'> & {
  /** Default: whether it decides. */
  readonly blocks?: boolean
}

export const passed = (finding: string, { n = null, margin = null }: Partial<GateCheck> = {}): Finding => ({
  verdict: 'pass',
  n,
  margin,
  finding,
  change: null,
})
export const failed = (finding: string, change: string, more: Partial<GateCheck> = {}): Finding => ({
  verdict: 'fail',
  n: more.n ?? null,
  margin: more.margin ?? null,
  finding,
  change,
})
/** Undecided: it only stops a release where it is said to block. */
export const undecided = (finding: string, change: string, more: Partial<GateCheck> = {}): Finding => ({
  ...failed(finding, change, more),
  verdict: 'inconclusive',
  blocks: more.blocks ?? false,
})

/** Callers must not notice a new release: equal signatures, and fallbacks that answer everything (releases.md §15). */
export function checkCompatible(candidate: Release, champion: Release | null): Finding {
  const outputs = candidate.signature.outputs.map(({ name }) => name)
  // The constant is a score, and an action follows from a score: any other output has no answer.
  if (outputs.length !== 1)
    return failed(
      `the fallback answers ${outputs.length === 0 ? 'nothing of' : 'only one of'} the outputs: ${outputs.join(', ') || 'none'}`,
      'Serve a model with one output, or declare what the fallback answers for each.',
      { n: 1 },
    )
  if (champion === null) return passed('a first release; the fallback answers every output', { n: 1 })
  const differing = [
    ...differences('input', requestOf(candidate), requestOf(champion)),
    ...differences('output', columnsOf(candidate.signature), columnsOf(champion.signature)),
  ]
  if (differing.length === 0)
    return passed(`callers of release ${champion.number} send and get the same`, { n: outputs.length })
  return failed(
    `callers of release ${champion.number} would notice: ${differing.join('; ')}`,
    'Deploy it under another name, or train it on the columns that are served.',
    { n: differing.length },
  )
}

type Columns = ReadonlyMap<string, string>

const requestOf = ({ features }: Release): Columns =>
  new Map(
    features.request.map(({ name, type, role, nullable }) => [
      name,
      `${type}${nullable ? ' or null' : ''}, ${role}`,
    ]),
  )
const columnsOf = ({ outputs }: Signature): Columns =>
  new Map(
    outputs.map(({ name, type, nullable, shape }) => [
      name,
      `${type}${nullable ? ' or null' : ''}${shape ? canonicalJson(shape as Json) : ''}`,
    ]),
  )

function differences(what: string, now: Columns, before: Columns): readonly string[] {
  return [...new Set([...before.keys(), ...now.keys()])].flatMap(name => {
    const [is, was] = [now.get(name), before.get(name)]
    if (is === was) return []
    if (was === undefined) return [`${what} "${name}" (${is}) is new`]
    return is === undefined ? [`${what} "${name}" is gone`] : [`${what} "${name}" was ${was} and is ${is}`]
  })
}

/** The verdict of the contracts on the judged rows; the worst cells speak. */
export function checkContracts(
  { contracts = [] }: Pick<DeploymentData, 'contracts'>,
  judged: JudgedRelease | null,
): Finding {
  const { offline, later } = byStage(contracts)
  const waiting = later === 0 ? '' : `; ${later} are decided on live traffic`
  if (contracts.length === 0)
    return passed('the deployment declares no contracts: nothing was decided', { n: 0 })
  if (offline === 0) return passed(`no contract is decided on held-out rows${waiting}`, { n: 0 })
  const report = judged?.contracts ?? null
  if (report === null)
    return undecided(
      'there are no rows to decide the contracts on',
      'Build the training set the version was trained beside, or train it again.',
      { blocks: true },
    )
  const deciding = report.cells.filter(cell => cell.status === 'protected')
  const n = report.judgedOn
  const said = deciding.filter(cell => cell.verdict === report.verdict)
  const trial = trialWords(report.cells)
  const aside = `${waiting}${trial === '' ? '' : `; contracts on trial would ${trial}`}`
  const all =
    deciding.length === 1 ? 'the one protected cell passes' : `all ${deciding.length} protected cells pass`
  if (report.verdict === 'pass') return passed(`${all}${aside}`, { n })
  // Comparative claims of a first release have nothing to be compared with, and do not hold it up (T3).
  const counted = said.filter(cell => cell.reason !== 'no-champion')
  if (report.verdict === 'inconclusive' && counted.length === 0)
    return passed(
      `${said.length} comparative cells have no champion yet (NO_CHAMPION); the others pass${aside}`,
      { n },
    )
  const sentences = counted
    .slice(0, shownCells)
    .map(cell => `${cell.contract} on ${cell.slice}: ${cell.advice}`)
  const more = counted.length > shownCells ? ` and ${counted.length - shownCells} more cells` : ''
  const finding = `${sentences.join(' ')}${more}${trial === '' ? '' : ` Contracts on trial would ${trial}.`}`
  const margin = `${counted.length} of ${deciding.length} protected cells`
  return report.verdict === 'fail'
    ? failed(finding, 'Train a version that keeps what the cells say, or change the contract openly.', {
        n,
        margin,
      })
    : undecided(finding, neededRows(counted, judged?.plan ?? []), { n, margin, blocks: true })
}

/** Names the contracts that were decided with the model, where only the thresholds are new. */
export function besideSettled(found: Finding, settled: readonly string[] = []): Finding {
  if (settled.length === 0) return found
  const scores = `the scores are those that serve: ${settled.join(', ')} ${settled.length === 1 ? 'was' : 'were'} decided with the model`
  return { ...found, finding: `${found.finding}; ${scores}` }
}

const shownCells = 3

function byStage(contracts: NonNullable<DeploymentData['contracts']>) {
  const blocking = contracts.filter(each => each.status === 'protected')
  const offline = blocking.filter(each => each.stage === 'offline').length
  return { offline, later: blocking.length - offline }
}

/** What contracts that only observe would have done. */
function trialWords(cells: Cells): string {
  const trying = cells.filter(({ status, reason }) => status === 'dry-run' && reason !== 'no-champion')
  const failing = trying.filter(({ verdict }) => verdict === 'fail')
  if (failing.length > 0) {
    const [first] = failing
    const more = failing.length > 1 ? ` and ${failing.length - 1} more cells` : ''
    return `refuse it (${first?.contract} on ${first?.slice}${more})`
  }
  if (trying.length === 0) return ''
  return trying.some(({ verdict }) => verdict === 'inconclusive') ? 'leave it undecided' : 'pass it'
}

type Cells = NonNullable<JudgedRelease['contracts']>['cells']

/** Cells that no window decides are named with the rows they need and what would make them decidable. */
function neededRows(cells: Cells, plan: JudgedRelease['plan']): string {
  const never = plan.filter(
    planned =>
      planned.decidable === false &&
      cells.some(({ contract, slice }) => contract === planned.contract && slice === planned.slice),
  )
  const [first] = never
  if (first) {
    const more = never.length > 1 ? `, and so for ${never.length - 1} more` : ''
    return `SLICE_TOO_SMALL: ${first.contract} on ${first.slice} needs ${first.needed} rows, and ${first.expected} are to be expected${more}. One of: ${first.offers.join('; ')}.`
  }
  const needed = cells.flatMap(cell => cell.needed ?? [])
  if (needed.length === 0) return 'More rows will not decide it: widen the margin, or watch the slice.'
  return `At most ${Math.max(...needed)} more matured rows in a cell would decide it.`
}

/** Whether the deployment says what it is for: told, and needed for a ramp (releases.md §16). */
export function checkPurpose({ purpose }: Pick<DeploymentData, 'purpose'>): Finding {
  if (purpose)
    return passed(
      `${purpose.number.name} from ${purpose.number.baseline} to ${purpose.number.target} ${purpose.number.unit}, owned by ${purpose.owner}`,
    )
  return undecided(
    'the deployment does not say what it is for',
    'Declare purpose: audience, story, number, owner, review. Without it no release can be ramped (NO_PURPOSE).',
  )
}

/** Every input of the model must have a reviewed reason, where a table of reasons is declared. */
export function checkReasons(
  { reasons }: Pick<DeploymentData, 'reasons'>,
  { signature }: Pick<Release, 'signature'>,
): Finding {
  if (reasons === undefined) return passed('no table of reasons is declared')
  const inputs = signature.inputs.map(({ name }) => name)
  const unmapped = unmappedFeatures(reasons, inputs)
  if (unmapped.length === 0)
    return passed(`every input has a reason, reviewed by ${reasons.reviewedBy}`, { n: inputs.length })
  return failed(
    `UNMAPPED_FEATURE: ${unmapped.join(', ')} ${unmapped.length === 1 ? 'has' : 'have'} no reason in plain words`,
    `Map ${unmapped.length === 1 ? 'it' : 'them'} in the table of reasons ${reasons.version}.`,
    { n: inputs.length },
  )
}
