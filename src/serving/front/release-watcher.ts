import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatTimestamp } from '../../kernel/time.ts'
import type { DeploymentsFile } from '../model.ts'
import { createDeploymentSlot, type DeploymentSlot } from './deployment-slot.ts'
import { appendKill, type KillLevel, type LocalKill, readKills } from './kills.ts'
import type { LoadedRelease, LoadOptions } from './load-release.ts'
import type { ServedDeployment } from './served-deployment.ts'
import type { ShadowCounts } from './shadow.ts'

/** The deployments of this front. Reads of it are one Map lookup: a request takes its deployment once and keeps it. */
export interface ReleaseWatcher {
  find(name: string): ServedDeployment | undefined
  list(): readonly ServedDeployment[]
  /** What shadows of a deployment did since the front started. */
  shadowCounts(name: string): ShadowCounts | undefined
  /** Sequence of the deployments file last applied. */
  sequence(): number
  /** Switches a deployment off or on from this host; survives restarts, outranks the control plane. */
  kill(name: string, level: KillLevel | 'lift', from?: string): Promise<void>
  close(): Promise<void>
}

export interface WatcherOptions extends Omit<LoadOptions, 'releasesFolder'> {
  readonly servingFolder: string
  readonly pollMillis?: number
  /** Told about every load and refusal, one line each. */
  readonly report: (line: string) => void
}

/** How long the start waits for releases that are not the champion. */
const othersMillis = 3000
/** How long scorers that nobody waits for may take to finish what shadows have asked. */
const drainMillis = 1000

export async function watchReleases(options: WatcherOptions): Promise<ReleaseWatcher> {
  const { servingFolder, report } = options
  const file = join(servingFolder, 'deployments.json')
  const slots = new Map<string, DeploymentSlot>()
  const draining = new Set<Promise<unknown>>()
  let sequence = 0
  let applied = ''
  let closed = false
  let reading: Promise<void> | undefined
  await mkdir(servingFolder, { recursive: true })
  let localKills: ReadonlyMap<string, LocalKill> = new Map()

  function retire(old: LoadedRelease): void {
    const drained = unused(old)
      .then(() => old.pool.drain(drainMillis))
      .finally(() => draining.delete(drained))
    draining.add(drained)
  }

  const newSlot = (name: string) =>
    createDeploymentSlot({
      name,
      loadOptions: { ...options, releasesFolder: join(servingFolder, 'releases') },
      localKill: () => localKills.get(name),
      retire: release => retire(release),
      report,
    })

  async function readDeployments(): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined || text === applied || closed) return
    const next = parseDeployments(text)
    if (!next) return report('deployments.json cannot be read: what answered before still does')
    applied = text
    sequence = next.sequence
    const names = new Set(next.deployments.map(each => each.name))
    for (const [name, slot] of slots) {
      if (names.has(name)) continue
      slots.delete(name)
      void slot.close()
    }
    for (const entry of next.deployments) {
      let slot = slots.get(entry.name)
      if (!slot) {
        slot = newSlot(entry.name)
        slots.set(entry.name, slot)
      }
      slot.apply(entry)
    }
  }

  async function readLocalKills(): Promise<void> {
    const before = localKills
    localKills = await readKills(servingFolder)
    for (const name of new Set([...before.keys(), ...localKills.keys()])) {
      const [was, is] = [before.get(name), localKills.get(name)]
      if (was?.level !== is?.level || was?.from !== is?.from) slots.get(name)?.refresh()
    }
  }

  const look = () => {
    reading ??= readLocalKills()
      .then(readDeployments)
      .finally(() => {
        reading = undefined
      })
    return reading
  }
  const watcher = watchFolder(servingFolder, look)
  const poll = setInterval(look, options.pollMillis ?? 500)
  await look()
  await Promise.all([...slots.values()].map(slot => slot.championSettled()))
  await within(Promise.all([...slots.values()].map(slot => slot.settled())), othersMillis)

  return {
    find: name => slots.get(name)?.view(),
    list: () => [...slots.values()].map(slot => slot.view()),
    shadowCounts: name => slots.get(name)?.shadowCounts,
    sequence: () => sequence,
    async kill(deployment, level, from) {
      const at = formatTimestamp(BigInt(Date.now()) * 1000n)
      const row = { at, deployment, level, by: 'admin port', ...(from === undefined ? {} : { from }) }
      await appendKill(servingFolder, row)
      await readLocalKills()
    },
    async close() {
      closed = true
      clearInterval(poll)
      watcher?.close()
      await Promise.all([...slots.values()].map(slot => slot.close()))
      await Promise.all(draining)
    },
  }
}

/** Polling alone sees every change too, later. */
function watchFolder(folder: string, look: () => Promise<void>): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (_event, name) => {
      if (name === null || name === 'deployments.json' || name === 'kills.jsonl') void look()
    })
    return watcher.on('error', () => undefined)
  } catch {
    return undefined
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

/** Resolves when the work is done, or so many milliseconds have passed. */
function within(work: Promise<unknown>, millis: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, millis)
    work.then(() => resolve(), reject).finally(() => clearTimeout(timer))
  })
}
