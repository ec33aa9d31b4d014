import { lookup as resolveName } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { request as requestByHttp } from 'node:http'
import { request as requestByHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { messageOf } from '../../kernel/message-of.ts'
import { isPrivateHost } from '../../kernel/private-address.ts'
import type { WebhookRequest, WebhookSender } from '../../registry/ports.ts'
import { type AllowList, mayConnect, parseAllowList } from './allowed.ts'

const timeoutMs = 30_000
const answerBytes = 10_000

/**
 * Sends webhooks. Names are resolved once for every connection, and only addresses that passed are connected to, so that
 * a name cannot mean another address between check and use. Proxies of the environment are not used.
 */
export function webhookSender(options: { readonly allow: string }): WebhookSender {
  const allow = parseAllowList(options.allow)
  return {
    async refusal(url) {
      const host = hostOf(url)
      if (url.protocol === 'http:' && !isAllowed(host, allow) && !(await resolvesToAllowed(host, allow)))
        return `${url.origin} is not https`
      if (allow.names.has(host)) return undefined
      if (
        isIP(host) === 0
          ? isPrivateHost(host) && !(await resolvesToAllowed(host, allow))
          : !mayConnect(host, allow)
      )
        return `${host} is a private address`
      const addresses = isIP(host) === 0 ? await addressesOf(host) : []
      const refused = addresses.find(address => !mayConnect(address, allow))
      return refused === undefined ? undefined : `${host} is ${refused}, a private address`
    },
    send: request => send(request, allow),
  }
}

const hostOf = (url: URL): string => url.hostname.toLowerCase().replace(/^\[|\]$/g, '')

const isAllowed = (host: string, { names, addresses }: AllowList): boolean =>
  names.has(host) || (isIP(host) !== 0 && addresses.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'))

async function resolvesToAllowed(host: string, allow: AllowList): Promise<boolean> {
  const found = await addressesOf(host)
  return found.length > 0 && found.every(address => isAllowed(address, allow))
}

/** None where the name cannot be resolved from here now: connecting checks again. */
async function addressesOf(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}

function send(
  { url: text, headers, body }: WebhookRequest,
  allow: AllowList,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const url = new URL(text)
    const host = hostOf(url)
    const free = allow.names.has(host)
    if (!free && isIP(host) !== 0 && !mayConnect(host, allow)) {
      reject(new Error(`${host} is a private address`))
      return
    }
    const request = url.protocol === 'https:' ? requestByHttps : requestByHttp
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Length': Buffer.byteLength(body), 'User-Agent': 'fettle' },
      signal: AbortSignal.timeout(timeoutMs),
      ...(free ? {} : { lookup: guardedLookup(allow) }),
    })
    sent.on('error', error => reject(new Error(`${url.host} was not reached: ${messageOf(error)}`)))
    sent.on('response', response => {
      const chunks: Buffer[] = []
      let bytes = 0
      const answer = (): void => {
        const status = response.statusCode ?? 0
        resolve({ status, body: Buffer.concat(chunks).toString('utf8').slice(0, answerBytes) })
      }
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        chunks.push(chunk)
        if (bytes <= answerBytes) return
        answer()
        response.destroy()
      })
      response.on('end', answer).on('error', reject)
    })
    sent.end(body)
  })
}

/** Resolves a name for one connection; fails when any of its addresses is private. */
function guardedLookup(allow: AllowList): LookupFunction {
  return (hostname, options, done) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = error ? undefined : addresses.find(({ address }) => !mayConnect(address, allow))
      if (refused !== undefined) done(new Error(`${hostname} is ${refused.address}, a private address`), [])
      else done(error, addresses)
    })
  }
}
