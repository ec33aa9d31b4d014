import type { AliasRequest, Verification } from '../../api/tracking-trust.ts'
import { plain, plural, table } from './text.ts'

export function renderVerification(
  { name, version }: { readonly name: string; readonly version: string },
  { state, key, at, by, problem, files }: Verification,
): string {
  const what = `${plain(name)}@${version}`
  if (state === 'signed')
    return `${what} is signed${by === null ? '' : ` by ${plain(by)}`}${at === null ? '' : ` at ${at}`} with the key ${key}: its files are those that were signed.\n`
  const faults =
    files.length === 0
      ? ''
      : table(
          ['file', 'is'],
          files.map(each => [each.path, each.kind]),
        )
  return `${what} is ${state}: ${plain(problem ?? '')}\n${faults}`
}

const versionWords = (version: number | null) => (version === null ? 'none' : `v${version}`)

/** The rule as it stands now, whole: it replaces the one there was. */
export function renderProtection(
  { name, alias, approvals }: { readonly name: string; readonly alias: string; readonly approvals: number },
  checks: readonly string[],
): string {
  const wanted = checks.length === 0 ? 'nothing is checked' : `checked: ${checks.join(', ')}`
  const alone =
    approvals > 0 ? ' Who asks cannot agree: others sign in under their own names (--as NAME).' : ''
  return `${plain(alias)} of ${plain(name)} moves by requests now: ${plural(approvals, 'approval')}, ${wanted}.${alone}\n`
}

export function renderRequest(request: AliasRequest): string {
  const { id, model, alias, version, before, state, requestedBy, requestedAt, reason } = request
  const agreed = request.decisions.filter(each => each.verdict === 'approve').length
  const decisions = request.decisions.map(
    each =>
      `  ${each.verdict === 'approve' ? 'agreed' : 'declined'} by ${plain(each.by)} at ${each.at}${each.reason === '' ? '' : `: ${plain(each.reason)}`}\n`,
  )
  return [
    `${id}: ${plain(model)} ${plain(alias)} from ${versionWords(before)} to ${versionWords(version)} is ${state}\n`,
    `  asked for by ${plain(requestedBy)} at ${requestedAt}${reason === '' ? '' : `: ${plain(reason)}`}\n`,
    ...decisions,
    ...(state === 'approved' && request.needed === 0
      ? [`  nobody had to agree: ${plain(alias)} moved at once\n`]
      : []),
    ...(state === 'requested'
      ? [`  ${agreed} of ${request.needed} agreed; until ${request.expiresAt}\n`]
      : []),
    ...(request.closedBecause === null ? [] : [`  because ${plain(request.closedBecause)}\n`]),
  ].join('')
}

export function renderRequests(requests: readonly AliasRequest[]): string {
  if (requests.length === 0) return 'Nobody has asked for a protected alias.\n'
  return table(
    ['request', 'model', 'alias', 'to', 'state', 'by', 'agreed', 'at'],
    requests.map(each => [
      each.id,
      each.model,
      each.alias,
      versionWords(each.version),
      each.state,
      each.requestedBy,
      `${each.decisions.filter(({ verdict }) => verdict === 'approve').length} of ${each.needed}`,
      each.requestedAt,
    ]),
  )
}
