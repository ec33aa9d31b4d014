import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceData } from '../definitions/index.ts'
import {
  exportPushed,
  type FeatureCatalog,
  materialize,
  mergedSequences,
  pushedWatermark,
  readFeatureCatalog,
  remergeRange,
  servedFrom,
  sourceVersions,
  type ViewClosure,
} from '../features/index.ts'
import { FettleError, isFettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import type { FeastMaterialization } from '../serving/index.ts'
import { superviseMe } from './children.ts'
import { featureCatalogFile, journalFolder } from './folders.ts'
import { guardOf } from './project-keys.ts'
import { openEngine, openOnlineStore } from './providers.ts'
import { takeSecrets } from './role-secret.ts'

/** Instants are decimal µs. */
export interface MaterializeRole {
  readonly projectFolder: string
  readonly servingFolder: string
  readonly onlineFolder: string
  readonly workFolder: string
  readonly kind: FeastMaterialization['kind']
  readonly views: readonly string[]
  readonly start: string | null
  readonly end: string
  readonly now: string
}

/** What the process says before it ends. */
export type MaterializeReply = { readonly done: true } | { readonly error: { code: string; message: string } }

/** One materialization asked for at the front, in a process of its own: the front never loads an engine. */
export async function materializeRole(role: MaterializeRole): Promise<never> {
  const asked = new AbortController()
  const me = superviseMe(() => asked.abort())
  let reply: MaterializeReply = { done: true }
  try {
    await run(role, asked.signal)
  } catch (error) {
    reply = { error: { code: isFettleError(error) ? error.code : 'INTERNAL', message: messageOf(error) } }
  }
  me.ready(reply)
  process.disconnect()
  process.exit(0)
}

async function run(role: MaterializeRole, signal: AbortSignal): Promise<void> {
  const secrets = takeSecrets()
  const { providers, project } = secrets
  const catalog = await readFeatureCatalog(featureCatalogFile(role.servingFolder))
  if (catalog === undefined) throw new FettleError('NOT_READY', 'no definitions are applied yet')
  const scratch = await mkdtemp(join(role.workFolder, 'materialize-'))
  const engine = await openEngine(providers, { temporaryFolder: scratch })
  const store = await openOnlineStore(providers, { folder: role.onlineFolder, project })
  try {
    await load(
      { role, engine, store, guard: guardOf(secrets), scratch, signal },
      closureOf(catalog, role.views),
    )
  } finally {
    await store.close()
    await engine.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Work {
  readonly role: MaterializeRole
  readonly engine: Awaited<ReturnType<typeof openEngine>>
  readonly store: Awaited<ReturnType<typeof openOnlineStore>>
  readonly guard: ReturnType<typeof guardOf>
  readonly scratch: string
  readonly signal: AbortSignal
}

async function load(
  { role, engine, store, guard, scratch, signal }: Work,
  asked: ViewClosure,
): Promise<void> {
  const { projectFolder, servingFolder, kind } = role
  const [now, end] = [BigInt(role.now), BigInt(role.end)]
  const range = kind === 'range'
  const upTo = range || end > now ? now : end
  const closure = range ? asked : await behind(store, asked, upTo)
  if (closure.views.length === 0) return
  const journals = journalFolder(servingFolder)
  const versions = await sourceVersions(closure.sources, projectFolder, source =>
    pushedWatermark(journals, source),
  )
  const pushed = await exportPushed({
    engine,
    journalFolder: journals,
    closure,
    folder: scratch,
    projectFolder,
    signal,
    upTo: versions,
    after: range ? {} : await mergedSequences(store, closure),
  })
  const options = {
    now: !range && pushed.newest !== null && pushed.newest > upTo ? pushed.newest : upTo,
    sourceVersions: { ...versions, ...pushed.versions },
    guard,
    projectFolder,
    onProgress: () => undefined,
    signal,
  }
  if (range)
    await remergeRange(engine, store, pushed.closure, { ...options, from: BigInt(role.start ?? 0), to: end })
  else await materialize(engine, store, pushed.closure, options)
}

/**
 * Views that do not hold everything known up to the instant already: a run never goes back in time. What is written to
 * is always merged: each row says itself when it can be seen.
 */
async function behind(store: Work['store'], closure: ViewClosure, upTo: bigint): Promise<ViewClosure> {
  const from = await servedFrom(store, closure)
  const live = new Set(closure.sources.flatMap(({ name, from }) => (from.kind === 'push' ? [name] : [])))
  const views = closure.views.filter(view => live.has(view.source) || (from[view.name] ?? upTo - 1n) < upTo)
  return { ...closure, views }
}

/** The named views with every source they need. */
function closureOf({ entities, sources, views }: FeatureCatalog, names: readonly string[]): ViewClosure {
  const wanted = views.filter(view => names.includes(view.name))
  const needed = new Map<string, SourceData>()
  const visit = (name: string): void => {
    const source = sources.find(each => each.name === name)
    if (source === undefined || needed.has(name)) return
    needed.set(name, source)
    if (source.from.kind === 'sql')
      for (const part of source.from.parts) if (typeof part !== 'string') visit(part.source)
  }
  for (const { source } of wanted) visit(source)
  return { entities, sources: [...needed.values()], views: wanted }
}
