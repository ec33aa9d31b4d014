import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Route } from '../api/routes.ts'
import type { Principal } from '../governance/index.ts'
import { FettleError } from '../kernel/errors/index.ts'

export interface Caller {
  readonly method: string
  /** Address of the peer. */
  readonly address: string
  readonly headers: IncomingHttpHeaders
}

const local: Principal = { name: 'local' }

/**
 * Who may do this. The token opens everything, as bearer, where its holder may act in the name of a step
 * (`fettle-principal`), or as the password of Basic, where the user's name says who acts. Without one, only callers on this machine get in, as `local`, never with the permission `worker`, and never from a
 * page of another site. Throws UNAUTHENTICATED or FORBIDDEN.
 */
export function authorize(caller: Caller, permission: Route['permission'], token: string): Principal {
  const { authorization } = caller.headers
  if (authorization !== undefined) {
    const sent = basic(authorization) ?? { token: bearer(authorization) }
    if (!equal(sent.token, token))
      throw new FettleError('UNAUTHENTICATED', 'the bearer token or password is not the one of this server')
    return principalOf(sent.user ?? caller.headers['fettle-principal'])
  }
  if (permission === 'worker')
    throw new FettleError('UNAUTHENTICATED', 'only workers may do this: send the bearer token')
  if (!isLoopback(caller.address)) {
    throw new FettleError('UNAUTHENTICATED', 'callers from other machines must send the bearer token')
  }
  refuseOtherSites(caller)
  return local
}

function bearer(header: string): string {
  return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? ''
}

/** User and token; the token may also stand for the user, without a password. */
function basic(header: string): { readonly token: string; readonly user?: string } | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const [, user = '', password = ''] =
    /^([^:]*):?(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  return password === '' ? { token: user } : { token: password, ...(user === '' ? {} : { user }) }
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function principalOf(header: string | string[] | undefined): Principal {
  if (header === undefined) return local
  if (typeof header !== 'string' || !/^[\w:/.@-]{1,200}$/.test(header)) {
    throw new FettleError(
      'BAD_REQUEST',
      'the user or the header fettle-principal is not a principal, such as mila or step:prn_1/train',
    )
  }
  return { name: header }
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}

/** A browser sends requests of any page it shows to this machine: the name asked for and the page's origin must be ours. */
function refuseOtherSites({ headers }: Caller): void {
  const host = headers.host ?? ''
  const name = host.replace(/:\d+$/, '')
  if (name !== 'localhost' && name !== '[::1]' && !/^127\.\d+\.\d+\.\d+$/.test(name)) {
    throw new FettleError('FORBIDDEN', `${host || 'this host'} is not a name of this machine`, {
      hint: 'Use http://localhost or http://127.0.0.1, or send the bearer token.',
    })
  }
  const { origin } = headers
  if ((origin !== undefined && origin !== `http://${host}`) || headers['sec-fetch-site'] === 'cross-site') {
    throw new FettleError('FORBIDDEN', 'pages of other sites may not use this server', {
      details: { origin: origin ?? null },
    })
  }
}
