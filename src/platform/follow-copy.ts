import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { type ServingPlan, servingPlanFile } from '../evaluation/index.ts'
import { sha256Hex } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import { type Release, releaseDigest } from '../registry/index.ts'
import { type DeploymentsFile, routedDigests } from '../serving/index.ts'
import { copiedFiles } from './serving-copy.ts'

export interface FollowOptions {
  /** Of the control plane. */
  readonly url: string
  readonly token: string
  readonly servingFolder: string
  readonly pollMillis?: number
  readonly onLine: (line: string) => void
}

export interface CopyFollower {
  /** Brings the copy up to date once. Rejects SERVER_UNREACHABLE, UNAUTHENTICATED, RELEASE_REFUSED; what was there stays. */
  now(): Promise<void>
  start(): void
  stop(): void
}

const requestMillis = 30_000

/** Keeps a local copy of what a control plane says is to be served: what is written was verified first, pointers last. */
export function followCopy(options: FollowOptions): CopyFollower {
  const { servingFolder, onLine, pollMillis = 500 } = options
  const releasesFolder = join(servingFolder, 'releases')
  const base = `${options.url.replace(/\/$/, '')}/api/v1/worker/serving`
  let known = ''
  let problem: string | undefined
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  async function get(path: string, taken: readonly number[] = []): Promise<Response> {
    const reply = await fetch(base + path, {
      headers: { authorization: `Bearer ${options.token}` },
      signal: AbortSignal.timeout(requestMillis),
    }).catch(cause => {
      throw new FettleError('SERVER_UNREACHABLE', `${options.url} does not answer`, { cause })
    })
    if (reply.status === 401)
      throw new FettleError('UNAUTHENTICATED', `${options.url} does not take this token`, {
        hint: 'Give the token of that server: --token-file FILE, or FETTLE_TOKEN.',
      })
    if (!reply.ok && !taken.includes(reply.status))
      throw new FettleError('SERVER_UNREACHABLE', `${options.url} answers ${reply.status} to ${path}`)
    return reply
  }

  async function now(): Promise<void> {
    const { revision, files } = (await (await get(`/copy?known=${known}`)).json()) as {
      readonly revision: string
      readonly files?: Readonly<Record<string, string | null>>
    }
    if (!files) return
    const pointers = files['deployments.json']
    for (const digest of pointers ? digestsOf(pointers) : []) await fetchWhole(digest)
    for (const name of copiedFiles) {
      const text = files[name]
      if (text !== null && text !== undefined) await replace(join(servingFolder, name), text)
    }
    known = revision
  }

  async function fetchWhole(digest: string, parent = false): Promise<void> {
    await fetchRelease(digest, parent)
    await fetchPlan(digest)
  }

  /** Written aside, verified, then in its place under its digest. A parent comes where the fallback chain may name it. */
  async function fetchRelease(digest: string, parent: boolean): Promise<void> {
    const hash = digest.slice('sha256:'.length)
    const folder = join(releasesFolder, hash)
    if (existsSync(join(folder, 'release.json'))) return
    const aside = `${folder}.new`
    await rm(aside, { recursive: true, force: true })
    await mkdir(aside, { recursive: true })
    const document = Buffer.from(await (await get(`/releases/${hash}/release.json`)).arrayBuffer())
    const release = JSON.parse(document.toString()) as Release
    if (release.digest !== digest || releaseDigest(release) !== digest)
      throw new FettleError(
        'RELEASE_REFUSED',
        `what ${options.url} gives as release ${digest} is another one`,
      )
    for (const { path, hash: wanted } of release.model.files) {
      if (isAbsolute(path) || normalize(path).startsWith('..'))
        throw new FettleError('RELEASE_REFUSED', `file ${path} of release ${digest} is outside its folder`)
      const bytes = Buffer.from(
        await (
          await get(`/releases/${hash}/${path.split('/').map(encodeURIComponent).join('/')}`)
        ).arrayBuffer(),
      )
      if (`sha256:${sha256Hex(bytes)}` !== wanted)
        throw new FettleError('RELEASE_REFUSED', `file ${path} of release ${digest} does not have its hash`)
      await mkdir(dirname(join(aside, path)), { recursive: true })
      await writeFile(join(aside, path), bytes, { flush: true })
    }
    await writeFile(join(aside, 'release.json'), document, { flush: true })
    await rm(folder, { recursive: true, force: true })
    await rename(aside, folder)
    const chained = release.fallback.before?.some(link => link.kind === 'former')
    if (chained && release.parent !== undefined && !parent)
      await fetchWhole(release.parent, true).catch(missing)
    onLine(`release ${release.number} of ${release.deployment} is here`)
  }

  /** What scores a release is no part of it, and may be measured anew. */
  async function fetchPlan(digest: string): Promise<void> {
    const hash = digest.slice('sha256:'.length)
    const text = await (await get(`/releases/${hash}/${servingPlanFile}`, [404])).text()
    const plan = parsedPlan(text)
    if (plan?.release === digest) await replace(join(releasesFolder, hash, servingPlanFile), text)
  }

  /** A former champion may be gone for good; the chain then goes on with its next link. */
  function missing(error: unknown): void {
    onLine(messageOf(error))
  }

  async function again(): Promise<void> {
    try {
      await now()
      if (problem !== undefined) onLine(`${options.url} answers again`)
      problem = undefined
    } catch (error) {
      const message = messageOf(error)
      if (message !== problem) onLine(`${message}; what is here still answers`)
      problem = message
    }
    if (!stopped) timer = setTimeout(again, pollMillis)
  }

  return {
    now,
    start: () => void again(),
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

function digestsOf(pointers: string): readonly string[] {
  const { deployments } = JSON.parse(pointers) as DeploymentsFile
  return [...new Set(deployments.flatMap(routedDigests))].filter(digest =>
    /^sha256:[0-9a-f]{64}$/.test(digest),
  )
}

function parsedPlan(text: string): Partial<ServingPlan> | undefined {
  try {
    return JSON.parse(text) as Partial<ServingPlan>
  } catch {
    return undefined
  }
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { flush: true })
  await rename(`${file}.new`, file)
}
