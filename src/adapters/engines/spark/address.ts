import { FettleError } from '../../../kernel/errors/index.ts'

/** Where a Spark Connect server is and how it is spoken to. */
export interface Address {
  readonly host: string
  readonly port: number
  /** Sent as a bearer token with every call; only over TLS or to this machine. */
  readonly token?: string
  readonly secure: boolean
  readonly user: string
}

const defaultPort = 15_002

/** Reads `sc://host:port/;token=…;use_ssl=true;user_id=…`; throws ENGINE_UNAVAILABLE for anything else. */
export function parseAddress(url: string): Address {
  const match = /^sc:\/\/(\[[0-9a-fA-F:]+\]|[^/:;[\]]+)(?::(\d{1,5}))?(?:\/(?:;(.*))?)?$/.exec(url)
  const port = Number(match?.[2] ?? defaultPort)
  if (!match || port < 1 || port > 65_535) throw malformed('it has the form sc://host:port/;key=value')
  const settings = new Map<string, string>()
  for (const pair of (match[3] ?? '').split(';').filter(each => each !== '')) {
    const at = pair.indexOf('=')
    if (at < 1) throw malformed(`a setting of it is not key=value`)
    settings.set(pair.slice(0, at).toLowerCase(), decoded(pair.slice(at + 1)))
  }
  const token = settings.get('token')
  const host = match[1] ?? ''
  const secure = settings.get('use_ssl') === 'true' || (token !== undefined && !local(host))
  return {
    host,
    port,
    secure,
    user: settings.get('user_id') ?? 'fettle',
    ...(token === undefined ? {} : { token }),
  }
}

function local(host: string): boolean {
  return host === 'localhost' || host === '127.0.0.1' || host === '[::1]'
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw malformed('a setting of it is not percent-encoded text')
  }
}

/** The address may hold a token, so no message repeats it. */
function malformed(why: string): FettleError {
  return new FettleError('ENGINE_UNAVAILABLE', `the address of the Spark server is not understood: ${why}`, {
    hint: 'Write "offline": "sc://host:15002" in fettle.json, or "env:NAME" and the address in that variable.',
  })
}
