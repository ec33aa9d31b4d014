import { messageOf } from '../../kernel/message-of.ts'
import type { DeploymentEntry, RoutedShadow } from '../model.ts'
import type { LocalKill } from './kills.ts'
import { type LoadedRelease, type LoadOptions, loadRelease, loadStandIn } from './load-release.ts'
import { createShelf } from './release-shelf.ts'
import {
  digestOfKey,
  keyOfShadow,
  type ServedDeployment,
  servedDeployment,
  wantedKeys,
} from './served-deployment.ts'
import { createShadow, type Shadow, type ShadowCounts } from './shadow.ts'

/** One deployment of a front, from its entry in the file to what requests take. */
export interface DeploymentSlot {
  view(): ServedDeployment
  readonly shadowCounts: ShadowCounts
  /** Goes as far towards the entry as what is loaded allows, and on when more is. */
  apply(entry: DeploymentEntry): void
  /** A kill switch was turned. */
  refresh(): void
  /** The first champion answers, or cannot. */
  championSettled(): Promise<void>
  /** Nothing is loading. */
  settled(): Promise<void>
  /** Resolves when nothing is loading any more. */
  close(): Promise<void>
}

export interface SlotOptions {
  readonly name: string
  readonly loadOptions: LoadOptions
  readonly localKill: () => LocalKill | undefined
  /** Nothing of the deployment answers by it any more, but requests may hold it. */
  readonly retire: (release: LoadedRelease) => void
  readonly report: (line: string) => void
}

export function createDeploymentSlot(options: SlotOptions): DeploymentSlot {
  const { name, retire } = options
  const ending = new AbortController()
  const loadOptions = { ...options.loadOptions, signal: ending.signal }
  const report = (line: string) => options.report(`${name}: ${line}`)
  const shadowCounts: ShadowCounts = { scored: 0, drops: new Map() }
  const shelf = createShelf({ load, retire, onChange: refresh, report })
  let entry: DeploymentEntry = { name, digest: '' }
  let current: LoadedRelease | undefined
  let standIn: { readonly digest: string; readonly ready: Promise<void> } | undefined
  let shadows: readonly Shadow[] = []
  let view = servedDeployment({ entry, current, shelf, localKill: undefined, shadows, seq: 0 })
  /** The current release has a model: it is no stand-in. */
  let hasModel = false
  let closed = false

  function load(key: string): Promise<LoadedRelease> {
    if (!key.startsWith('shadow ')) return loadRelease(digestOfKey(key), loadOptions)
    // A shadow that dies is nobody's loss: no process waits to take over. Nor does it score where answers are made.
    const { frontScorers: _, ...inChildren } = loadOptions
    return loadRelease(digestOfKey(key), { ...inChildren, standby: false })
  }

  function refresh(): void {
    if (closed) return
    const champion = shelf.get(entry.digest)
    if (champion && champion !== current) {
      current = champion
      hasModel = true
      report(`release ${champion.release.number} answers`)
    } else if (shelf.refusal(entry.digest) !== undefined && !hasModel) loadDocument(entry.digest)
    shelf.want(wantedKeys(entry, current), current)
    shadows = wantedShadows()
    view = servedDeployment({ entry, current, shelf, localKill: options.localKill(), shadows, seq: view.seq })
  }

  /** Without any release that loads, the chain of the one that should answers. */
  function loadDocument(digest: string): void {
    if (standIn?.digest === digest) return
    const ready = loadStandIn(digest, loadOptions).then(
      release => {
        if (closed || entry.digest !== digest || hasModel) return
        current = release
        report(`the fallback of release ${release.release.number} answers`)
        refresh()
      },
      error => report(messageOf(error)),
    )
    standIn = { digest, ready }
  }

  function wantedShadows(): readonly Shadow[] {
    const wanted = (entry.routing?.shadows ?? []).flatMap(terms => {
      const loaded = shelf.get(keyOfShadow(entry, terms.digest))
      return loaded ? [{ terms, loaded }] : []
    })
    const kept = wanted.map(
      ({ terms, loaded }) =>
        shadows.find(each => each.loaded === loaded && sameTerms(each.terms, terms)) ??
        createShadow({ deployment: name, terms, loaded, counts: shadowCounts }),
    )
    for (const each of shadows) if (!kept.includes(each)) each.close()
    return kept
  }

  return {
    view: () => view,
    shadowCounts,
    apply(next) {
      entry = next
      shelf.retry()
      refresh()
    },
    refresh,
    async championSettled() {
      await shelf.pending(entry.digest)
      await standIn?.ready
    },
    async settled() {
      await Promise.all([...wantedKeys(entry, current)].map(key => shelf.pending(key)))
    },
    close() {
      closed = true
      ending.abort()
      for (const each of shadows) each.close()
      return shelf.close()
    },
  }
}

function sameTerms(left: RoutedShadow, right: RoutedShadow): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
