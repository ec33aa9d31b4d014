import { FettleError } from '../../kernel/errors/index.ts'
import { isPrivateHost } from '../../kernel/private-address.ts'
import { textFault } from '../../kernel/text.ts'

/** What a source names. `remote`: files that Fettle does not keep and never fetches. */
export type VersionSource =
  | { readonly kind: 'run'; readonly run: string; readonly path: string }
  | { readonly kind: 'loggedModel'; readonly id: string }
  | { readonly kind: 'version'; readonly model: string; readonly version: number }
  | { readonly kind: 'alias'; readonly model: string; readonly alias: string }
  | { readonly kind: 'proxied'; readonly location: string }
  | { readonly kind: 'remote' }

/**
 * `runs:/…`, `models:/…`, `mlflow-artifacts:/…` or a remote URI. Local and relative paths, `..` in any encoding and
 * private addresses throw REGISTRY_INVALID. `dummy-source` is what clients send for a prompt.
 */
export function parseSource(source: string): VersionSource {
  if (source === 'dummy-source') return { kind: 'remote' }
  const fault = sourceFault(source)
  if (fault !== undefined) throw invalid(source, fault)
  const [, scheme = '', rest = ''] = /^([a-zA-Z][\w+.-]*):(.*)$/s.exec(source) ?? []
  switch (scheme.toLowerCase()) {
    case 'runs':
      return runSource(source, rest)
    case 'models':
      return modelSource(source, rest)
    case 'mlflow-artifacts':
      return rest.startsWith('//')
        ? { kind: 'remote' }
        : { kind: 'proxied', location: withoutSlashes(source) }
    default:
      return { kind: 'remote' }
  }
}

const plainPath =
  'If supplying a source as an http, https, ftp, object store or mlflow-artifacts URI, its path must be absolute and plain'

function sourceFault(source: string): string | undefined {
  const text = textFault(source)
  if (text !== undefined) return `it ${text}`
  if (source.length > 4_096) return 'it is longer than 4 096 characters'
  const scheme = /^([a-zA-Z][\w+.-]+):/.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 'file') return 'local and relative paths are not taken'
  const read = decodings(source)
  if (read.some(each => each.split(/[/\\?#]/).includes('..'))) return `it holds "..". ${plainPath}`
  if (source.includes('\\') || read.some(each => /\p{Cc}/u.test(each)))
    return `it holds a backslash or a control character. ${plainPath}`
  const { host } = authority(source)
  return host !== undefined && isPrivateHost(host) ? `${host} is a private address` : undefined
}

/** The text decoded once and twice, where it can be. */
function decodings(text: string): string[] {
  const decoded = [text]
  try {
    for (let i = 0; i < 2; i++) decoded.push(decodeURIComponent(decoded.at(-1) ?? ''))
  } catch {
    // a stray % is no encoding: the rest is judged as it stands
  }
  return decoded
}

function authority(source: string): { readonly host: string | undefined } {
  if (!/^[a-zA-Z][\w+.-]*:\/\//.test(source)) return { host: undefined }
  try {
    // only special schemes have their hosts normalised, so that 0x7f.1 is seen as 127.0.0.1
    return { host: new URL(source.replace(/^[a-zA-Z][\w+.-]*:/, 'http:')).hostname }
  } catch {
    return { host: undefined }
  }
}

/** Runs of slashes are one, and none at the end. */
function withoutSlashes(location: string): string {
  return location.replace(/\/{2,}/g, '/').replace(/\/$/, '')
}

function runSource(source: string, rest: string): VersionSource {
  const [run = '', ...path] = rest.replace(/^\/+/, '').split('/')
  if (run === '') throw invalid(source, 'a run id is wanted behind runs:/')
  return { kind: 'run', run, path: path.join('/').replace(/\/+$/, '') }
}

function modelSource(source: string, rest: string): VersionSource {
  const path = rest.replace(/^\/+/, '')
  if (/^m-[^/@]+$/.test(path)) return { kind: 'loggedModel', id: path }
  const version = /^(.+)\/([1-9]\d{0,14})$/.exec(path)
  if (version) return { kind: 'version', model: version[1] ?? '', version: Number(version[2]) }
  const alias = /^(.+)@([^@/]+)$/.exec(path)
  if (alias) return { kind: 'alias', model: alias[1] ?? '', alias: alias[2] ?? '' }
  throw invalid(source, 'models:/ is followed by a logged model, name/version or name@alias')
}

function invalid(source: string, why: string): FettleError {
  return new FettleError(
    'REGISTRY_INVALID',
    `Invalid model version source: ${JSON.stringify(source.slice(0, 200))}: ${why}`,
    { hint: 'Register from runs:/<run>/<path>, models:/<m-id>, mlflow-artifacts:/… or a remote URI.' },
  )
}
