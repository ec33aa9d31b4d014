import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { confirm } from '../confirm.ts'
import type { CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderProtection, renderRequest, renderRequests, renderVerification } from '../render/model-trust.ts'

export interface ModelActionOptions {
  readonly format?: string
  readonly approvals?: string
  readonly check?: readonly string[]
  readonly reason?: string
  readonly as?: string
  readonly yes?: boolean
}

interface Action {
  readonly context: CommandContext
  readonly options: ModelActionOptions
  readonly words: readonly string[]
  readonly client: FettleClient
}

/** Every file of a version is read. */
const deadlineMs = 10 * 60_000

const actions: Readonly<Record<string, (action: Action) => Promise<ExitCode>>> = {
  verify: verifyVersion,
  sign: signVersion,
  card: showCard,
  protect,
  unprotect,
  'request-alias': requestAlias,
  approve: action => decide(action, 'approve'),
  decline: action => decide(action, 'decline'),
  withdraw,
  requests: listRequests,
}

/** Whether words after `fettle models` are an action rather than a model. */
export const isModelAction = (name: string | undefined, words: readonly string[]): boolean =>
  name === 'requests' || words.length > 0

/** Whether a name that is no model is that of an action, so that its words are missing. */
export const namesModelAction = (name: string): boolean => Object.hasOwn(actions, name)

/** What is done with a version, an alias or a request of the registry. Throws USAGE. */
export async function runModelAction(
  context: CommandContext,
  options: ModelActionOptions,
  [name = '', ...words]: readonly string[],
): Promise<ExitCode> {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action === undefined)
    throw new FettleError('USAGE', `there is nothing to do with models called ${name}`, {
      hint: `Write one of ${Object.keys(actions).join(', ')}.`,
    })
  const principal = options.as
  const client = await context.client({ deadlineMs, ...(principal === undefined ? {} : { principal }) })
  return action({ context, options, words, client })
}

async function verifyVersion({ context, words, client }: Action): Promise<ExitCode> {
  const name = versionIn(words)
  const found = await client.api.versionSignature({ ...name, bytes: 'true' })
  context.result({ ...name, ...found }, () => renderVerification(name, found))
  return found.state === 'signed' ? exitCodes.done : exitCodes.failed
}

async function signVersion({ context, words, client }: Action): Promise<ExitCode> {
  const name = versionIn(words)
  const found = await client.api.signVersion({ ...name, body: {} })
  context.result({ ...name, ...found }, () => renderVerification(name, found))
  return exitCodes.done
}

async function showCard({ context, options: { format = 'md' }, words, client }: Action): Promise<ExitCode> {
  const name = versionIn(words)
  if (format === 'json' || context.json) {
    const card = await client.api.modelCard(name)
    context.io.out(`${JSON.stringify(card, null, context.json ? 0 : 2)}\n`)
    return exitCodes.done
  }
  const { text } = await client.api.modelCardText({ ...name, format })
  context.io.out(text)
  return exitCodes.done
}

async function protect({ context, options, words, client }: Action): Promise<ExitCode> {
  const [name, alias] = wordsOf(words, ['MODEL', 'ALIAS'])
  const approvals = Number(options.approvals ?? 1)
  if (!Number.isInteger(approvals))
    throw new FettleError('USAGE', `--approvals: "${options.approvals}" is no number`)
  const body = { approvals, checks: [...(options.check ?? [])] as never, requesters: [] }
  const rules = await client.api.protectAlias({ name, alias, body })
  context.result(rules, () => renderProtection({ name, alias, approvals }, options.check ?? []))
  return exitCodes.done
}

async function unprotect({ context, words, client }: Action): Promise<ExitCode> {
  const [name, alias] = wordsOf(words, ['MODEL', 'ALIAS'])
  await client.api.unprotectAlias({ name, alias })
  context.result({}, () => `${alias} of ${name} moves freely now.\n`)
  return exitCodes.done
}

async function requestAlias({ context, options, words, client }: Action): Promise<ExitCode> {
  const [name, alias, text] = wordsOf(words, ['MODEL', 'ALIAS', 'VERSION'])
  if (!/^(?:v?[1-9]\d{0,8}|none)$/.test(text))
    throw new FettleError('USAGE', `"${text}" is no version: write its number, or none`)
  const version = text === 'none' ? null : Number(text.replace('v', ''))
  const body = { alias, version, ...(options.reason === undefined ? {} : { reason: options.reason }) }
  const asked = await client.api.requestAlias({ name, body })
  context.result(asked, () => renderRequest(asked))
  return exitCodes.done
}

/** The time between showing the request and the answer is kept with the decision. */
async function decide(
  { context, options, words, client }: Action,
  verdict: 'approve' | 'decline',
): Promise<ExitCode> {
  const [id] = wordsOf(words, ['REQUEST'])
  const asked = await client.api.aliasRequest({ id })
  const shownAt = context.io.now()
  if (options.yes !== true) {
    if (!context.io.interactive)
      throw new FettleError('USAGE', `nobody can be asked here whether to ${verdict} ${id}`, {
        hint: 'Add --yes.',
      })
    context.io.err(renderRequest(asked))
    if (!(await confirm(`${verdict === 'approve' ? 'Agree' : 'Decline'}?`))) return exitCodes.failed
  }
  const seconds = options.yes === true ? undefined : (context.io.now() - shownAt) / 1000
  const reason = options.reason === undefined ? {} : { reason: options.reason }
  const body = { verdict, ...reason, ...(seconds === undefined ? {} : { seconds }) }
  const decided = await client.api.decideAliasRequest({ id, body })
  context.result(decided, () => renderRequest(decided))
  return decided.state === 'void' ? exitCodes.failed : exitCodes.done
}

async function withdraw({ context, options, words, client }: Action): Promise<ExitCode> {
  const [id] = wordsOf(words, ['REQUEST'])
  const body = options.reason === undefined ? {} : { reason: options.reason }
  const withdrawn = await client.api.withdrawAliasRequest({ id, body })
  context.result(withdrawn, () => renderRequest(withdrawn))
  return exitCodes.done
}

async function listRequests({ context, words: [model], client }: Action): Promise<ExitCode> {
  const found = await client.api.aliasRequests({ limit: 100, ...(model === undefined ? {} : { model }) })
  context.result(found, () => renderRequests(found.items))
  return exitCodes.done
}

function versionIn(words: readonly string[]): { readonly name: string; readonly version: string } {
  const [text] = wordsOf(words, ['MODEL@VERSION'])
  const [, name, version] = /^(.+)@v?(\d+)$/.exec(text) ?? []
  if (name === undefined || version === undefined)
    throw new FettleError('USAGE', `"${text}" does not name a version`, {
      hint: 'Write MODEL@VERSION, such as late@3; fettle models MODEL lists the versions.',
    })
  return { name, version }
}

/** As many words as are named. Throws USAGE. */
function wordsOf<const Names extends readonly string[]>(
  words: readonly string[],
  names: Names,
): { readonly [Index in keyof Names]: string } {
  if (words.length !== names.length)
    throw new FettleError('USAGE', `${names.join(' ')} ${names.length === 1 ? 'is' : 'are'} wanted here`)
  return words as { readonly [Index in keyof Names]: string }
}
