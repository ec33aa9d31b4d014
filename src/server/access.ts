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
 * Who may do this. A bearer token opens everything, and its holder may act in the name of a step (`fettle-principal`).
 * Without one, only callers on this machine get in, as `local`, never with the permission `worker`, and never from a
 * page of another site. Throws UNAUTHENTICATED or FORBIDDEN.
 */
export function authorize(caller: Caller, permission: Route['permission'], token: string): Principal {
  const sent = bearer(caller.headers.authorization)
  if (sent !== undefined) {
    if (!equal(sent, token))
      throw new FettleError('UNAUTHENTICATED', 'the bearer token is not the one of this server')
    return principalOf(caller.headers['fettle-principal'])
  }
  if (permission === 'worker')
    throw new FettleError('UNAUTHENTICATED', 'only workers may do this: send the bearer token')
  if (!isLoopback(caller.address)) {
    throw new FettleError('UNAUTHENTICATED', 'callers from other machines must send the bearer token')
  }
  refuseOtherSites(caller)
  return local
}

function bearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? '')
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
      'the header fettle-principal is not a principal, such as step:prn_1/train',
    )
  }
  return { name: header }
}

function isLoopback(address: string): boolean {
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
