import type { ContractData, DeploymentData, SliceData } from '../../definitions/index.ts'
import { type CellHistory, comparesModels, isUnlisted, mergeHistories } from '../../evaluation/index.ts'
import { canonicalJson, contentHash, type Json } from '../../kernel/canonical.ts'
import type { Release } from '../../registry/index.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { JudgedRelease, VerdictPage } from '../gate/model.ts'
import type { StoredVerdict } from '../ports.ts'
import { judgedAs } from '../releases/views.ts'

/** A version judged against what served then: judged twice, it is one pair, and its newest verdict counts. */
interface JudgedPair {
  readonly key: string
  readonly verdict: StoredVerdict
  /** With the contracts and slices that were declared then. */
  readonly release: Release
}

interface Pair {
  readonly champion: Pick<NonNullable<VerdictPage['champion']>, 'digest'> | null
  readonly release: Pick<VerdictPage['release'], 'model' | 'version'>
}

function pairKey({ champion, release }: Pair): string {
  return `${champion?.digest ?? 'none'} ${release.model} ${release.version}`
}

/** Pairs whose rows were judged, newest first. */
async function judgedPairs(
  { uow }: Pick<DeploymentsDependencies, 'uow'>,
  deployment: string,
): Promise<readonly JudgedPair[]> {
  const { deployments } = uow.read
  const [verdicts, records] = await Promise.all([
    deployments.listVerdicts(deployment),
    deployments.listReleases(deployment),
  ])
  const pairs = new Map<string, JudgedPair>()
  for (const verdict of verdicts) {
    const { page } = verdict
    const record = records.find(({ release }) => release.digest === page.release.digest)
    const key = pairKey(page)
    if (page.judged === null || record === undefined || pairs.has(key)) continue
    pairs.set(key, { key, verdict, release: record.release })
  }
  return [...pairs.values()]
}

/** Release pairs whose largest disagreement a plan takes (releases.md §5). */
const lastPairs = 3

/**
 * What the judged releases say of the cells that are declared now: counts and rates of the newest, disagreement and design
 * effect of the last three pairs. Null before any was judged.
 */
async function judgedHistory(
  { objects }: Pick<DeploymentsDependencies, 'objects'>,
  pairs: readonly JudgedPair[],
  { slices, last }: { readonly slices: readonly SliceData[]; readonly last: number },
): Promise<readonly CellHistory[] | null> {
  const compared = pairs.filter(({ verdict }) => verdict.page.champion !== null)
  const taken = (compared.length > 0 ? compared : pairs).slice(0, last)
  const histories = await Promise.all(
    taken.map(async ({ verdict, release }) => {
      const { history = [] }: Partial<JudgedRelease> = (await judgedAs(objects, verdict)) ?? {}
      return stillDeclared(history, { former: release.contracts?.slices ?? [], now: slices })
    }),
  )
  const known = histories.filter(history => history.length > 0)
  return known.length > 0 ? mergeHistories(known) : null
}

/** Cells of slices that mean now what they meant then; listing other values changes no cell. */
function stillDeclared(
  history: readonly CellHistory[],
  { former, now }: { readonly former: readonly SliceData[]; readonly now: readonly SliceData[] },
): readonly CellHistory[] {
  const meaning = (slices: readonly SliceData[], name: string): string | undefined => {
    const of = slices.find(each => each.name === name)?.of
    return of && canonicalJson((of.kind === 'column' ? { column: of.column } : of) as unknown as Json)
  }
  return history.filter(
    ({ slice, name }) =>
      slice === 'all' ||
      (meaning(former, slice) !== undefined &&
        meaning(former, slice) === meaning(now, slice) &&
        isCell(
          name,
          now.find(each => each.name === slice),
        )),
  )
}

/** A list of values names its cells; what is in no list is still judged, and only watched. */
function isCell(name: string, slice: SliceData | undefined): boolean {
  if (slice?.of.kind !== 'column' || slice.of.values === undefined) return true
  const value = name.slice(slice.name.length + 1)
  return slice.of.values.includes(value) || isUnlisted(name)
}

/**
 * Releases that each contract has observed, by its name: pairs that were judged by the same claim under that name, on
 * held-out rows. A comparison sees nothing where there was no champion.
 */
function observedReleases(
  contracts: readonly ContractData[],
  pairs: readonly JudgedPair[],
): Readonly<Record<string, number>> {
  const saw = (contract: ContractData) => (pair: JudgedPair) =>
    (pair.verdict.page.champion !== null || !comparesModels(contract.claim)) &&
    (pair.release.contracts?.contracts ?? []).some(
      each =>
        each.name === contract.name && each.stage === 'offline' && claimHash(each) === claimHash(contract),
    )
  return Object.fromEntries(contracts.map(each => [each.name, pairs.filter(saw(each)).length]))
}

function claimHash({ claim }: ContractData): string {
  return contentHash(claim as unknown as Json)
}

/** What a plan and a release run take from the past. */
export interface DeploymentPast {
  readonly pairs: readonly JudgedPair[]
  readonly history: readonly CellHistory[] | null
  /** By contract. */
  readonly observed: Readonly<Record<string, number>>
}

/** `now`: the pair that is judged. It is no past of its own, however often it is judged. */
export async function deploymentPast(
  deps: Pick<DeploymentsDependencies, 'uow' | 'objects'>,
  { name, contracts = [], slices = [] }: DeploymentData,
  now: Pair | null = null,
): Promise<DeploymentPast> {
  const judged = contracts.length === 0 ? [] : await judgedPairs(deps, name)
  const pairs = judged.filter(({ key }) => now === null || key !== pairKey(now))
  return {
    pairs,
    // The pair that is judged is the last.
    history: await judgedHistory(deps, pairs, { slices, last: now === null ? lastPairs : lastPairs - 1 }),
    observed: observedReleases(contracts, pairs),
  }
}
