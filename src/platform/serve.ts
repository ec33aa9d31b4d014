import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FrontAddress } from '../adapters/data-plane/http/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import { embeddedProviders, readProjectFile } from '../projects/project-file.ts'
import { followCopy } from './follow-copy.ts'
import { frontProgram, superviseFronts } from './fronts.ts'
import { projectPepper } from './project-keys.ts'
import { resolveProviders } from './providers.ts'
import { secretEnvironment } from './role-secret.ts'
import type { FrontRole, ServingSettings } from './serving-roles.ts'

export interface ServeOptions {
  /** The project, or any folder. */
  readonly folder: string
  /** Holds `serving/` and `online/`. Default: `.fettle` of the folder. */
  readonly data?: string
  /** Default 127.0.0.1. */
  readonly host?: string
  /** 0 chooses a free one. Default 8080. */
  readonly port?: number
  /** Of the first front, on loopback; the others choose free ones. Default 8081; 0 is any free one. */
  readonly adminPort?: number
  /** Processes that share the port. Default 1. */
  readonly fronts?: number
  /** The control plane whose pointers and releases are followed. */
  readonly from?: { readonly url: string; readonly token: string }
  /** Whether callers must be in `access.json`. */
  readonly access: boolean
  readonly settings?: Omit<ServingSettings, 'access'>
  readonly onLine?: (line: string) => void
}

export interface RunningServe {
  readonly url: string
  fronts(): readonly FrontAddress[]
  /** One front after another is replaced by a new process; no request fails. */
  restart(): Promise<void>
  /** Drains; again: hurries. */
  stop(): Promise<void>
}

/**
 * The data plane alone: fronts over a local copy of releases and pointers. It starts, answers, logs and is killed without
 * a control plane; while one can be reached, the copy follows it. Throws SERVER_UNREACHABLE and UNAUTHENTICATED when
 * there is no copy yet and none can be had, PORT_IN_USE, USAGE.
 */
export async function startServe(options: ServeOptions): Promise<RunningServe> {
  const onLine = options.onLine ?? (line => process.stderr.write(`${line}\n`))
  const data = options.data ?? join(options.folder, '.fettle')
  const servingFolder = join(data, 'serving')
  for (const name of ['serving', 'online', 'work']) mkdirSync(join(data, name), { recursive: true })
  const follower = options.from && followCopy({ ...options.from, servingFolder, onLine })
  await firstCopy(servingFolder, follower, onLine)
  const fronts = await startFronts(options, data, onLine)
  follower?.start()
  return {
    url: fronts.addresses()[0]?.dataUrl ?? '',
    fronts: fronts.addresses,
    restart: fronts.restart,
    async stop() {
      follower?.stop()
      await fronts.stop()
    },
  }
}

async function firstCopy(
  servingFolder: string,
  follower: ReturnType<typeof followCopy> | undefined,
  onLine: (line: string) => void,
): Promise<void> {
  const here = existsSync(join(servingFolder, 'deployments.json'))
  if (!here && !follower)
    throw new FettleError(
      'USAGE',
      `there is nothing to serve in ${servingFolder}: it has no deployments.json`,
      {
        hint: 'Fetch a copy once: fettle serve --from URL. Or name the folder that has one with --data.',
      },
    )
  await follower?.now().catch(error => {
    if (!here) throw error
    onLine(`${messageOf(error)}; what is here answers`)
  })
}

async function startFronts(options: ServeOptions, data: string, onLine: (line: string) => void) {
  const { folder, host = '127.0.0.1', port = 8080, adminPort = 8081, fronts: count = 1, settings } = options
  const isProject = existsSync(join(folder, 'fettle.json'))
  const project = isProject ? await readProjectFile(folder) : undefined
  const role: FrontRole = {
    projectFolder: folder,
    servingFolder: join(data, 'serving'),
    onlineFolder: join(data, 'online'),
    workFolder: join(data, 'work'),
    host,
    dataPort: port,
    adminPort,
    replay: project !== undefined && project.replayFrom !== null,
    shared: true,
    serving: { ...settings, ...(options.access ? { access: { fronts: count } } : {}) },
  }
  const environment = secretEnvironment({
    token: '',
    project: project?.project ?? 'serve',
    providers: resolveProviders(project?.providers ?? embeddedProviders),
    pepper: projectPepper(data),
  })
  const fronts = superviseFronts({ count, program: frontProgram(role), environment, onLine })
  try {
    await fronts.ready
  } catch (cause) {
    await fronts.stop()
    const message = messageOf(cause)
    if (!/port \d+ .* is taken/.test(message)) throw cause
    throw new FettleError('PORT_IN_USE', message.split('\n').at(-1) ?? message)
  }
  return fronts
}
