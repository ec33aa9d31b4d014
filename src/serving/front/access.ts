import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { type Permission, permissionOf, permissions } from './permissions.ts'

/** serving/access.json: who may call this host. Written whole, by rename; the last whole one counts, however old. */
export interface AccessFile {
  readonly schema: 1
  readonly callers: readonly Caller[]
}

export interface Caller {
  /** Written into decision records. */
  readonly name: string
  /** `sha256:<hex>` of the bearer token; null: by certificate only. */
  readonly token: string | null
  /** Common name of a client certificate, where callers must show one. */
  readonly certificate?: string
  readonly permissions: readonly Permission[]
  /** Deployments it may use; left out: all. */
  readonly deployments?: readonly string[]
  /** Requests a second over all fronts of the host, and how many may come at once. */
  readonly quota?: { readonly perSecond: number; readonly burst: number }
  /** RFC 3339; refused from then on. */
  readonly expiresAt?: string
}

/** What shows who calls. */
export type Admitted = Pick<IncomingMessage, 'method' | 'headers' | 'socket'>

/** Lets callers in, by what is known on this host alone. */
export interface Access {
  /**
   * Name of the caller, null for what needs none. Throws UNAUTHENTICATED, FORBIDDEN, QUOTA.
   */
  admit(req: Admitted, path: string): string | null
  /** Whether a caller that was let in may do more. */
  may(caller: string | null, permission: Permission): boolean
  close(): void
}

export interface AccessOptions {
  readonly file: string
  /** Fronts of the host: each gives out its share of a quota. Default 1. */
  readonly fronts?: number
  /** Paths that liveness is asked at, beside those of the dialects. */
  readonly free?: readonly string[]
  readonly now?: () => number
  readonly pollMillis?: number
  readonly report: (line: string) => void
}

interface Known {
  readonly byToken: ReadonlyMap<string, Caller>
  readonly byCertificate: ReadonlyMap<string, Caller>
  readonly byName: ReadonlyMap<string, Caller>
}

interface Bucket {
  tokens: number
  at: number
}

/** Reads the file now and whenever it changes. Without one nobody is let in. */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { file, report, fronts = 1, free = [], now = Date.now } = options
  const buckets = new Map<string, Bucket>()
  let known = knownOf([])
  let seen: string | undefined

  async function read(): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined || text === seen) return
    seen = text
    try {
      known = knownOf(parseAccess(text))
    } catch (error) {
      report(`${file} cannot be used: ${messageOf(error)}; callers stay as they were`)
    }
  }
  await read()
  if (seen === undefined) report(`there is no ${file}: nobody is let in`)
  const timer = setInterval(() => void read(), options.pollMillis ?? 1000)
  timer.unref()

  function takeOne({ name, quota }: Caller): void {
    if (!quota) return
    const most = Math.max(1, quota.burst / fronts)
    const bucket = buckets.get(name) ?? { tokens: most, at: now() }
    const earned = (Math.max(0, now() - bucket.at) / 1000) * (quota.perSecond / fronts)
    bucket.tokens = Math.min(most, bucket.tokens + earned)
    bucket.at = now()
    buckets.set(name, bucket)
    if (bucket.tokens < 1)
      throw new FettleError('QUOTA', `${name} may make ${quota.perSecond} requests a second`)
    bucket.tokens -= 1
  }

  return {
    admit(req, path) {
      const { permission, deployment } = permissionOf(req.method ?? 'GET', path, free)
      if (permission === null) return null
      const caller = callerOf(req, known)
      if (caller?.expiresAt !== undefined && Date.parse(caller.expiresAt) <= now())
        throw new FettleError('UNAUTHENTICATED', `the token of ${caller.name} has expired`)
      if (!caller)
        throw new FettleError('UNAUTHENTICATED', 'the request has no bearer token that is known here', {
          hint: 'Send Authorization: Bearer TOKEN.',
        })
      const elsewhere =
        deployment !== undefined &&
        caller.deployments !== undefined &&
        !caller.deployments.includes(deployment)
      if (elsewhere || !caller.permissions.includes(permission))
        throw new FettleError(
          'FORBIDDEN',
          `${caller.name} does not have the permission ${permission}${elsewhere ? ' for this deployment' : ''}`,
        )
      takeOne(caller)
      return caller.name
    },
    may: (name, permission) => {
      const caller = name === null ? undefined : known.byName.get(name)
      return caller?.permissions.includes(permission) ?? false
    },
    close: () => clearInterval(timer),
  }
}

/** The callers of an access file. Throws when it is none. */
export function parseAccess(text: string): readonly Caller[] {
  const { schema, callers } = JSON.parse(text) as Partial<AccessFile>
  if (schema !== 1 || !Array.isArray(callers)) throw new Error('it is not {"schema": 1, "callers": […]}')
  for (const caller of callers as Partial<Caller>[]) {
    if (typeof caller.name !== 'string' || caller.name === '') throw new Error('a caller has no name')
    const hashed = caller.token === null || /^sha256:[0-9a-f]{64}$/.test(caller.token ?? '')
    if (!hashed) throw new Error(`the token of ${caller.name} is not sha256:<64 hex digits>`)
    if (caller.token === null && caller.certificate === undefined)
      throw new Error(`${caller.name} has neither token nor certificate`)
    const wrong = (caller.permissions ?? ['']).find(each => !permissions.includes(each as Permission))
    if (wrong !== undefined)
      throw new Error(`${caller.name} has a permission that is none of ${permissions.join(', ')}`)
    const { quota } = caller
    if (quota !== undefined && !(quota.perSecond > 0 && quota.burst >= 1))
      throw new Error(`the quota of ${caller.name} is not {"perSecond": > 0, "burst": ≥ 1}`)
    if (caller.expiresAt !== undefined && Number.isNaN(Date.parse(caller.expiresAt)))
      throw new Error(`expiresAt of ${caller.name} is no time`)
  }
  return callers
}

function knownOf(callers: readonly Caller[]): Known {
  const index = (key: (caller: Caller) => string | null | undefined) =>
    new Map(callers.flatMap(caller => (key(caller) ? [[key(caller) as string, caller] as const] : [])))
  return {
    byToken: index(caller => caller.token),
    byCertificate: index(caller => caller.certificate),
    byName: index(caller => caller.name),
  }
}

/** Tokens are looked up by their hash: how long that takes says nothing of a token. */
function callerOf(req: Admitted, { byToken, byCertificate }: Known): Caller | undefined {
  const { authorization } = req.headers
  if (authorization?.startsWith('Bearer ')) return byToken.get(tokenHash(authorization.slice(7)))
  if (byCertificate.size === 0) return undefined
  const socket = req.socket as Partial<TLSSocket>
  const subject = socket.authorized === true ? socket.getPeerCertificate?.().subject : undefined
  const name = subject?.CN
  return typeof name === 'string' ? byCertificate.get(name) : undefined
}

/** What an access file says of a token. */
export function tokenHash(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('hex')}`
}
