import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isFettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { DeploymentEntry, DeploymentsFile } from '../model.ts'
import { appendKill, type KillLevel, readKills } from './kills.ts'
import { type LoadedRelease, type LoadOptions, loadRelease } from './load-release.ts'

/** One deployment as the front sees it now. */
export interface ServedDeployment {
  readonly name: string
  /** Undefined until a first release could be loaded. */
  readonly current: LoadedRelease | undefined
  readonly wanted: string
  /** How far it is switched off; null: it is not. */
  readonly killed: KillLevel | null
  /** Why the wanted release does not answer. */
  readonly refusal: string | undefined
  readonly loading: boolean
}

/** The deployments of this front. Reads of it are one Map lookup: a request takes its release once and keeps it. */
export interface ReleaseWatcher {
  find(name: string): ServedDeployment | undefined
  list(): readonly ServedDeployment[]
  /** Sequence of the deployments file last applied. */
  sequence(): number
  /** Switches a deployment off or on from this host; survives restarts, outranks the control plane. */
  kill(name: string, level: KillLevel | 'lift'): Promise<void>
  close(): Promise<void>
}

export interface WatcherOptions extends Omit<LoadOptions, 'releasesFolder'> {
  readonly servingFolder: string
  readonly pollMillis?: number
  /** Told about every load and refusal, one line each. */
  readonly report: (line: string) => void
}

interface Slot {
  readonly name: string
  current: LoadedRelease | undefined
  wanted: string
  killed: KillLevel | null
  refusal: string | undefined
  loading: boolean
  /** Sequence at which the wanted digest was refused: it is tried again only after the file changes. */
  refusedAt: number
}

export async function watchReleases(options: WatcherOptions): Promise<ReleaseWatcher> {
  const { servingFolder, report } = options
  const file = join(servingFolder, 'deployments.json')
  const loadOptions: LoadOptions = { ...options, releasesFolder: join(servingFolder, 'releases') }
  const slots = new Map<string, Slot>()
  const draining = new Set<Promise<void>>()
  let sequence = 0
  let applied = ''
  let closed = false
  let reading: Promise<void> | undefined
  await mkdir(servingFolder, { recursive: true })
  let localKills = await readKills(servingFolder)

  function retire(old: LoadedRelease | undefined): void {
    if (!old) return
    const drained = unused(old)
      .then(() => old.pool.drain())
      .finally(() => draining.delete(drained))
    draining.add(drained)
  }

  async function loadWanted(slot: Slot): Promise<void> {
    slot.loading = true
    const digest = slot.wanted
    try {
      const next = await loadRelease(digest, loadOptions)
      if (closed || slots.get(slot.name) !== slot || slot.wanted !== digest) return retire(next)
      const old = slot.current
      slot.current = next
      slot.refusal = undefined
      report(`${slot.name}: release ${next.release.number} answers`)
      retire(old)
    } catch (error) {
      slot.refusal = isFettleError(error) ? error.message : String(error)
      slot.refusedAt = sequence
      report(`${slot.name}: ${slot.refusal}`)
    } finally {
      slot.loading = false
    }
    if (slot.wanted !== digest) await loadWanted(slot)
  }

  function applyEntry(entry: DeploymentEntry): Promise<void> | undefined {
    let slot = slots.get(entry.name)
    if (!slot) {
      slot = {
        name: entry.name,
        current: undefined,
        wanted: '',
        killed: null,
        refusal: undefined,
        loading: false,
        refusedAt: -1,
      }
      slots.set(entry.name, slot)
    }
    slot.killed = entry.killed === true ? 'closed' : entry.killed || null
    if (slot.wanted !== entry.digest) {
      slot.refusal = undefined
      slot.refusedAt = -1
    }
    slot.wanted = entry.digest
    const answers = slot.current?.release.digest === entry.digest
    return answers || slot.loading || slot.refusedAt === sequence ? undefined : loadWanted(slot)
  }

  async function readDeployments(): Promise<void> {
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch {
      return
    }
    if (text === applied || closed) return
    const next = parseDeployments(text)
    if (!next) return report('deployments.json cannot be read: what answered before still does')
    applied = text
    sequence = next.sequence
    const names = new Set(next.deployments.map(each => each.name))
    for (const slot of slots.values()) {
      if (names.has(slot.name)) continue
      slots.delete(slot.name)
      retire(slot.current)
    }
    const loads = next.deployments.map(applyEntry)
    firstLoads ??= Promise.all(loads)
  }

  let firstLoads: Promise<unknown> | undefined
  async function readAll(): Promise<void> {
    localKills = await readKills(servingFolder)
    await readDeployments()
  }
  const look = () => {
    reading ??= readAll().finally(() => {
      reading = undefined
    })
    return reading
  }
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(servingFolder, (_event, name) => {
      if (name === null || name === 'deployments.json' || name === 'kills.jsonl') void look()
    })
    watcher.on('error', () => undefined)
  } catch {
    // Polling alone still sees every change.
  }
  const poll = setInterval(look, options.pollMillis ?? 500)
  await look()
  await firstLoads

  const view = (slot: Slot): ServedDeployment => ({
    ...slot,
    killed: localKills.get(slot.name) ?? slot.killed,
  })
  return {
    find: name => {
      const slot = slots.get(name)
      return slot && (localKills.size > 0 ? view(slot) : slot)
    },
    list: () => [...slots.values()].map(view),
    sequence: () => sequence,
    async kill(deployment, level) {
      const at = formatTimestamp(BigInt(Date.now()) * 1000n)
      await appendKill(servingFolder, { at, deployment, level, by: 'admin port' })
      localKills = await readKills(servingFolder)
    },
    async close() {
      closed = true
      clearInterval(poll)
      watcher?.close()
      for (const slot of slots.values()) retire(slot.current)
      await Promise.all(draining)
    },
  }
}

/** Requests that took the old release finish with it. */
async function unused(release: LoadedRelease): Promise<void> {
  while (release.users > 0) await new Promise(resolve => setTimeout(resolve, 5))
}

function parseDeployments(text: string): DeploymentsFile | undefined {
  try {
    const value = JSON.parse(text) as DeploymentsFile
    const whole = value.schema === 1 && Array.isArray(value.deployments) && Number.isInteger(value.sequence)
    return whole ? value : undefined
  } catch {
    return undefined
  }
}
