import { messageOf } from '../../kernel/message-of.ts'
import type { DeploymentEntry, Routing } from '../model.ts'
import type { RequestFacts, Target } from './decide.ts'
import type { KillLevel, LocalKill } from './kills.ts'
import type { LoadedRelease } from './load-release.ts'
import type { ReleaseShelf } from './release-shelf.ts'
import { compileRouting, type Router, wholeRouter } from './routing.ts'
import type { Shadow } from './shadow.ts'

/**
 * One deployment as the front sees it now. Never changed, only replaced: a request that has taken it once sees one
 * version of every arm.
 */
export interface ServedDeployment {
  readonly name: string
  /** The champion. Undefined until a first release could be loaded. */
  readonly current: LoadedRelease | undefined
  readonly wanted: string
  /** How far it is switched off; null: it is not. */
  readonly killed: KillLevel | null
  /** Why the wanted release does not answer. */
  readonly refusal: string | undefined
  readonly loading: boolean
  /** Undefined where `current` is. */
  readonly router: Router<Target> | undefined
  readonly modelOff: RequestFacts['modelOff']
  /** The release that was champion before, while it is loaded. */
  readonly former: LoadedRelease | undefined
  readonly shadows: readonly Shadow[]
  /** Releases that may be asked for by number. */
  readonly loaded: readonly LoadedRelease[]
  /** Row of the rollout log that is applied as a whole: what it names is loaded, or refused. 0: none. */
  readonly seq: number
  /** By digest, or `routing`: what cannot be applied, and why. */
  readonly refused: Readonly<Record<string, string>>
}

/** What a deployment's view follows from. */
export interface ServedParts {
  readonly entry: DeploymentEntry
  readonly current: LoadedRelease | undefined
  readonly shelf: ReleaseShelf
  readonly localKill: LocalKill | undefined
  readonly shadows: readonly Shadow[]
  /** Applied before. */
  readonly seq: number
}

const controlKey = (digest: string) => `control ${digest}`
const shadowKey = (digest: string) => `shadow ${digest}`

/** Digest of a key of the shelf. */
export const digestOfKey = (key: string): string => key.slice(key.indexOf(' ') + 1)

/** Keys of the shelf that an entry needs. The champion's comes first. */
export function wantedKeys(entry: DeploymentEntry, current: LoadedRelease | undefined): ReadonlySet<string> {
  const { routing } = entry
  return new Set([
    entry.digest,
    ...answeringKeys(entry),
    ...(routing?.warm ?? []),
    ...(routing?.shadows ?? []).map(({ digest }) => keyOfShadow(entry, digest)),
    ...formerOfChain(routing, current),
  ])
}

function answeringKeys({ digest, routing }: DeploymentEntry): readonly string[] {
  const arms = (routing?.arms ?? []).map(({ arm, digest: of }) => (arm === 'control' ? controlKey(of) : of))
  const held = routing?.holdback?.digest
  return [digest, ...arms, ...(held ? [held] : [])]
}

/** A shadow has scorers to itself: those of its release, unless that answers too. */
export function keyOfShadow(entry: DeploymentEntry, digest: string): string {
  return answeringKeys(entry).includes(digest) ? shadowKey(digest) : digest
}

/** Where nothing is rolled out and the chain names the former champion: what the release derives from. */
function formerOfChain(routing: Routing | undefined, current: LoadedRelease | undefined): readonly string[] {
  const parent = current?.release.parent
  if (parent === undefined || (routing?.warm.length ?? 0) > 0) return []
  return current?.chain.some(({ servedBy }) => servedBy === 'former') ? [parent] : []
}

export function servedDeployment(parts: ServedParts): ServedDeployment {
  const { entry, current, shelf, localKill } = parts
  const kill = localKill ?? killOfEntry(entry)
  const killed = kill?.level ?? null
  const warm = [...(entry.routing?.warm ?? []), ...formerOfChain(entry.routing, current)].flatMap(
    digest => shelf.get(digest) ?? [],
  )
  const routed = routerOf(parts, killed)
  const keys = [...wantedKeys(entry, current)]
  const settled = keys.every(key => shelf.get(key) !== undefined || shelf.refusal(key) !== undefined)
  const applies = settled && routed.refusal === undefined && current?.release.digest === entry.digest
  const refusals = keys.flatMap(key => {
    const why = shelf.refusal(key)
    return why === undefined ? [] : [[digestOfKey(key), why] as const]
  })
  return {
    name: entry.name,
    current,
    wanted: entry.digest,
    killed,
    refusal: shelf.refusal(entry.digest),
    loading: shelf.pending(entry.digest) !== undefined,
    router: routed.router,
    modelOff: killed === 'model' ? { from: kill?.from } : null,
    former: warm.find(release => release !== current),
    shadows:
      killed === null ? parts.shadows : parts.shadows.filter(({ terms }) => isHarmless(killed, terms.kind)),
    loaded: [...new Set([...(current ? [current] : []), ...shelf.shared()])],
    seq: applies ? (entry.routing?.seq ?? 0) : parts.seq,
    refused: Object.fromEntries([
      ...refusals,
      ...(routed.refusal === undefined ? [] : [['routing', routed.refusal] as const]),
    ]),
  }
}

/** With the challengers switched off their shadows are too; the former champion may go on comparing. */
function isHarmless(killed: KillLevel, kind: Shadow['terms']['kind']): boolean {
  return killed === 'challengers' && kind === 'reverse-shadow'
}

function killOfEntry({ killed, killedFrom }: DeploymentEntry): LocalKill | undefined {
  if (!killed) return undefined
  return {
    level: killed === true ? 'closed' : killed,
    ...(killedFrom === undefined ? {} : { from: killedFrom }),
  }
}

function routerOf(
  { entry, shelf, current }: Pick<ServedParts, 'entry' | 'shelf' | 'current'>,
  killed: KillLevel | null,
): { readonly router: Router<Target> | undefined; readonly refusal?: string } {
  if (!current) return { router: undefined }
  const target = (arm: Target['arm'], loaded: LoadedRelease | undefined): Target | undefined =>
    loaded && { arm, loaded, withoutModel: false }
  const champion: Target = { arm: 'champion', loaded: current, withoutModel: false }
  const { routing } = entry
  if (!routing) return { router: wholeRouter(champion, 'only') }
  const arms = routing.arms.map(({ arm, digest }) =>
    target(arm, shelf.get(arm === 'control' ? controlKey(digest) : digest)),
  )
  const held = routing.holdback?.digest
  const holdback = target('holdback', held ? shelf.get(held) : undefined) ?? {
    arm: 'holdback',
    loaded: current,
    withoutModel: true,
  }
  try {
    const { request } = current.release.features
    const router = compileRouting({
      routing,
      request,
      targets: { champion, arms, holdback },
      armsOff: killed !== null,
    })
    return { router }
  } catch (error) {
    return { router: wholeRouter(champion, 'only'), refusal: messageOf(error) }
  }
}
