import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ServeOptions as Serve } from '../../platform.ts'
import type { Command } from '../context.ts'
import { countOf } from '../count.ts'
import { exitCodes } from '../exit-codes.ts'
import { portOf } from '../port.ts'

export interface ServeOptions {
  readonly from?: string
  readonly tokenFile?: string
  readonly data?: string
  readonly host?: string
  readonly port?: string
  readonly adminPort?: string
  readonly grpcPort?: string
  readonly fronts?: string
  readonly scorers?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly clientCa?: string
  readonly plain?: boolean
  readonly open?: boolean
  readonly access?: boolean
  readonly default?: string
  readonly maxConnections?: string
  readonly maxBody?: string
  readonly maxHeld?: string
  readonly profile?: 'sagemaker' | 'vertex'
}

type Environment = Readonly<Record<string, string | undefined>>

export const run: Command<ServeOptions> = async (context, options) => {
  const settings = serveSettings(options, process.env)
  const { startServe } = await import('../../platform.ts')
  const served = await startServe({
    ...settings,
    folder: context.folder,
    onLine: line => context.io.err(`${line}\n`),
  })
  context.result({ url: served.url, fronts: served.fronts(), pid: process.pid }, () =>
    [
      `Fettle serves ${served.url}`,
      ...new Set(
        served
          .fronts()
          .flatMap(({ grpcAddress }) => (grpcAddress === undefined ? [] : [`  gRPC    ${grpcAddress}`])),
      ),
      ...served.fronts().map(({ adminUrl }) => `  Admin   ${adminUrl}`),
      'SIGHUP replaces the fronts one by one; Ctrl-C or SIGTERM drains, again hurries.\n',
    ].join('\n'),
  )
  await untilStopped(served, line => context.io.err(`${line}\n`))
  return exitCodes.done
}

interface Stoppable {
  restart(): Promise<void>
  stop(): Promise<void>
}

/** SIGHUP restarts, SIGTERM and Ctrl-C stop; asked again, it hurries. */
function untilStopped(served: Stoppable, say: (line: string) => void): Promise<void> {
  return new Promise((resolvePromise, reject) => {
    const stop = () => served.stop().then(resolvePromise, reject)
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    process.on('SIGHUP', () => {
      served.restart().then(
        () => say('every front is a new process'),
        error => say(`a new front did not start, the former ones stay: ${String(error.message)}`),
      )
    })
  })
}

/** What the options and a platform's environment come to. Throws USAGE. */
export function serveSettings(options: ServeOptions, environment: Environment): Omit<Serve, 'folder'> {
  const profile = options.profile ?? profileOf(options, environment)
  const data = options.data ?? environment['FETTLE_DATA']
  const host = options.host ?? (profile === undefined ? '127.0.0.1' : '0.0.0.0')
  const port = options.port ?? (profile === 'vertex' ? environment['AIP_HTTP_PORT'] : undefined)
  const inside = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host) || profile !== undefined
  const tlsFiles = tlsOf(options)
  if (!inside && tlsFiles === undefined && options.plain !== true)
    throw new FettleError('USAGE', `others can reach ${host}, and there is no certificate`, {
      hint: 'Give --tls-cert and --tls-key, or --plain where something in front of it has TLS.',
    })
  const { from, token } = controlPlane(options, environment)
  const limit = (name: 'maxBody' | 'maxHeld') =>
    options[name] === undefined
      ? undefined
      : countOf(`--max-${name.slice(3).toLowerCase()}`, options[name], 1_000_000) * 1024 * 1024
  const bodyBytes = limit('maxBody')
  const totalBytes = limit('maxHeld')
  return {
    host,
    ...(port === undefined ? {} : { port: portOf(port) }),
    ...(options.adminPort === undefined ? {} : { adminPort: portOf(options.adminPort) }),
    ...(data === undefined ? {} : { data: resolve(data) }),
    ...(options.fronts === undefined ? {} : { fronts: countOf('--fronts', options.fronts, 128) }),
    ...(from === undefined ? {} : { from: { url: from, token } }),
    access: options.access === true || (!inside && options.open !== true),
    settings: {
      ...(options.grpcPort === undefined ? {} : { grpcPort: portOf(options.grpcPort) }),
      ...(options.scorers === undefined ? {} : { scorers: countOf('--scorers', options.scorers, 128) }),
      ...(tlsFiles === undefined ? {} : { tlsFiles }),
      ...(bodyBytes === undefined ? {} : { bodyBytes }),
      ...(totalBytes === undefined ? {} : { totalBytes }),
      ...(options.maxConnections === undefined
        ? {}
        : { limits: { connections: countOf('--max-connections', options.maxConnections, 1_000_000) } }),
      // Orchestrators take seconds to send no more requests.
      ...(inside && profile === undefined ? {} : { graceMillis: 5000 }),
      dialects: dialectsOf(options, profile, environment),
    },
  }
}

/** Vertex AI says where to listen; SageMaker starts a container with the word `serve` and nothing else. */
function profileOf(options: ServeOptions, environment: Environment): ServeOptions['profile'] {
  if (environment['AIP_HTTP_PORT'] !== undefined) return 'vertex'
  const bare = Object.values(options).every(value => value === undefined)
  return bare && environment['FETTLE_CONTAINER'] !== undefined ? 'sagemaker' : undefined
}

function dialectsOf(
  options: ServeOptions,
  profile: ServeOptions['profile'],
  environment: Environment,
): NonNullable<NonNullable<Serve['settings']>['dialects']> {
  const { AIP_HEALTH_ROUTE: health = '/health', AIP_PREDICT_ROUTE: predict = '/predict' } = environment
  return {
    ...(options.default === undefined ? {} : { defaultDeployment: options.default }),
    ...(profile === 'sagemaker' ? { profile } : {}),
    ...(profile === 'vertex' ? { vertex: { health, predict } } : {}),
  }
}

function tlsOf({ tlsCert, tlsKey, clientCa }: ServeOptions) {
  if (tlsCert === undefined && tlsKey === undefined && clientCa === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined)
    throw new FettleError('USAGE', '--tls-cert, --tls-key and --client-ca need both certificate and key', {
      hint: 'Write --tls-cert FILE --tls-key FILE.',
    })
  return {
    cert: resolve(tlsCert),
    key: resolve(tlsKey),
    ...(clientCa === undefined ? {} : { clientCa: resolve(clientCa) }),
  }
}

function controlPlane({ from, tokenFile }: ServeOptions, environment: Environment) {
  if (from === undefined) return { from: undefined, token: '' }
  if (!URL.canParse(from))
    throw new FettleError('USAGE', `--from ${from} is not an address`, {
      hint: 'Write it as https://host:port.',
    })
  let token = environment['FETTLE_TOKEN']
  try {
    if (tokenFile !== undefined) token = readFileSync(tokenFile, 'utf8').trim()
  } catch (cause) {
    throw new FettleError('USAGE', `--token-file ${tokenFile} cannot be read`, { cause })
  }
  if (token === undefined || token === '')
    throw new FettleError('USAGE', '--from needs the token of that server', {
      hint: 'Give --token-file FILE, or set FETTLE_TOKEN.',
    })
  return { from, token }
}
