import { type FrontAddress, setReplayClock } from '../adapters/data-plane/http/index.ts'
import { lockFolder } from '../adapters/metadata/sqlite/folder-lock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import { formatTimestamp } from '../kernel/time.ts'
import { type ProjectFile, readProjectFile } from '../projects/project-file.ts'
import { supervise } from './children.ts'
import { type Folders, foldersOf, makeFolders } from './folders.ts'
import { frontProgram, superviseFronts } from './fronts.ts'
import { projectPepper } from './project-keys.ts'
import { resolveProviders } from './providers.ts'
import { secretEnvironment } from './role-secret.ts'
import { removeServerFile, serverToken, writeServerFile } from './server-file.ts'
import type { FrontRole } from './serving-roles.ts'
import type { WorkerRole } from './worker-role.ts'

export interface DevOptions {
  /** The project folder, absolute. */
  readonly folder: string
  /** Web pages and API. Default 4747; 0 chooses a free one. */
  readonly port?: number
  /** Predictions. Default 4748; 0 chooses a free one. */
  readonly dataPort?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Processes that share the port of predictions. Default 1. */
  readonly fronts?: number
  readonly onLine?: (line: string) => void
}

export interface RunningDev {
  readonly url: string
  readonly dataUrl: string | null
  readonly token: string
  /** Stops everything in order: no new work, serving drained, metadata closed, lock given back. */
  stop(): Promise<void>
}

/** Of web pages and API; predictions are one above. */
export const defaultPort = 4747
const workerSlots = 2

/** Throws FOLDER_IN_USE, PORT_IN_USE, DEFINITIONS_NOT_FOUND. Ready when web pages, worker and serving are. */
export async function startDev(options: DevOptions): Promise<RunningDev> {
  const project = await readProjectFile(options.folder)
  const folders = foldersOf(options.folder)
  makeFolders(folders)
  const lock = await lockFolder(folders.root)
  const undo: Undo = [() => lock.release()]
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    return { ...(await startParts({ options, project, folders, undo })), stop: unwind }
  } catch (error) {
    await unwind()
    throw error
  }
}

type Undo = (() => Promise<void> | void)[]

interface Parts {
  readonly options: DevOptions
  readonly project: ProjectFile
  readonly folders: Folders
  readonly undo: Undo
}

async function startParts({ options, project, folders, undo }: Parts): Promise<Omit<RunningDev, 'stop'>> {
  const token = serverToken()
  const onLine = options.onLine ?? (line => process.stderr.write(`${line}\n`))
  const onFault = (error: unknown): void =>
    onLine(error instanceof Error ? (error.stack ?? error.message) : String(error))
  let fronts: readonly FrontAddress[] = []
  let url: string | undefined
  let announced: Promise<void> | undefined
  const clocked = new Set<string>()
  const announce = (): void => {
    if (url === undefined) return
    announced = tellWhere({ project, folders, server: { url, token }, fronts, clocked }).catch(onFault)
  }
  const providers = resolveProviders(project.providers)
  const environment = secretEnvironment({
    token,
    project: project.project,
    providers,
    pepper: projectPepper(folders.root),
  })
  // The front takes longest to load and needs nothing of the rest: it starts while the rest is loaded.
  const role = frontOptions(options, project, folders)
  const children: Child[] = [
    startFronts(options.fronts ?? 1, {
      ...{ role, environment, onLine },
      onChange: addresses => {
        fronts = addresses
        announce()
      },
    }),
  ]
  const stopChildren = async (): Promise<void> => {
    removeServerFile(folders.serverFile)
    await Promise.all(children.map(child => child.stop()))
  }
  const facts = { front: () => fronts[0], workers: () => children.length - 1 }
  const { openHome } = await import('./home.ts')
  const home = await openHome({ options, project, folders, token, onLine, onFault, ...facts }).catch(
    async (error: unknown) => {
      await stopChildren()
      throw error
    },
  )
  undo.push(home.close, stopChildren)
  url = home.url
  announce()
  const workerOptions = { url, folders, slots: workerSlots } satisfies WorkerRole
  children.push(
    supervise({ role: 'worker', options: workerOptions, environment, onLine, onReady: () => undefined }),
  )
  await Promise.all(children.map(child => child.ready)).catch(cause => {
    throw roleFailure(cause)
  })
  await announced
  return { url, dataUrl: fronts[0]?.dataUrl ?? null, token }
}

interface Child {
  readonly ready: Promise<unknown>
  stop(): Promise<void>
}

interface FrontsParts {
  readonly role: FrontRole
  readonly environment: Readonly<Record<string, string>>
  onLine(line: string): void
  onChange(addresses: readonly FrontAddress[]): void
}

/** One is a child of its own; several share their port. */
function startFronts(count: number, { role, environment, onLine, onChange }: FrontsParts): Child {
  if (count > 1)
    return superviseFronts({
      ...{ count, environment, onLine, onChange },
      program: frontProgram({ ...role, shared: true }),
    })
  const onReady = (message: unknown) => onChange([message as FrontAddress])
  return supervise({ role: 'front', options: role, environment, onLine, onReady })
}

function frontOptions(options: DevOptions, project: ProjectFile, folders: Folders): FrontRole {
  return {
    projectFolder: folders.project,
    servingFolder: folders.serving,
    onlineFolder: folders.online,
    workFolder: folders.work,
    host: options.host ?? '127.0.0.1',
    dataPort: options.dataPort ?? (options.port === 0 ? 0 : (options.port ?? defaultPort) + 1),
    adminPort: 0,
    ...(project.feastPort === null ? {} : { feastPort: project.feastPort }),
    replay: project.replayFrom !== null,
  }
}

function roleFailure(cause: unknown): Error {
  const message = messageOf(cause)
  return /port \d+ .* is taken/.test(message)
    ? new FettleError('PORT_IN_USE', message.split('\n').at(-1) ?? message)
    : new Error(message)
}

interface Announcement {
  readonly project: ProjectFile
  readonly folders: Folders
  readonly server: { readonly url: string; readonly token: string }
  readonly fronts: readonly FrontAddress[]
  /** Admin addresses of those whose clocks were set. */
  readonly clocked: Set<string>
}

/** Sets the clocks of new fronts, then writes where everything is, for the commands of the project. */
async function tellWhere({ project, folders, server, fronts, clocked }: Announcement): Promise<void> {
  const [front] = fronts
  if (front === undefined) return
  const { replayFrom } = project
  for (const { adminUrl } of fronts) {
    if (replayFrom === null || clocked.has(adminUrl)) continue
    clocked.add(adminUrl)
    await setReplayClock(adminUrl, formatTimestamp(replayFrom))
  }
  await writeServerFile(folders.serverFile, { ...server, ...front })
}
