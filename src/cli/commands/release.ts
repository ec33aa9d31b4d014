import { writeFile } from 'node:fs/promises'
import type { ReleaseSummaryView } from '../../api/releases.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderRelease, renderReleases } from '../render/release.ts'
import { follow } from './run.ts'

export interface ReleaseOptions {
  readonly modelVersion?: string
  readonly thresholds?: 'keep' | 'choose'
  readonly reason?: string
  readonly to?: string
  readonly junit?: string
  readonly html?: string
  readonly detach?: boolean
}

export const run: Command<ReleaseOptions> = async (context, options, action = '', name = '', number) => {
  switch (action) {
    case 'create':
      return create(context, options, name)
    case 'verify':
      return verify(context, options, name)
    case 'show':
      return show(context, options, { name, number: number ?? 'latest' })
    case 'list':
      return list(context, name)
    case 'rollback':
      return rollBack(context, options, name)
    default:
      throw new FettleError('USAGE', `release ${action} is not known`, {
        hint: 'fettle release create, verify, show, list or rollback DEPLOYMENT',
      })
  }
}

async function list(context: CommandContext, name: string): Promise<ExitCode> {
  const found = await (await context.client()).api.releases({ name })
  context.result(found, () => renderReleases(found.items))
  return exitCodes.done
}

/** Publishing copies model files and waits for the scorers. */
const servedWithinMs = 60_000

async function rollBack(
  context: CommandContext,
  { to, reason }: ReleaseOptions,
  name: string,
): Promise<ExitCode> {
  const number = to === undefined ? undefined : Number(to)
  if (number !== undefined && !(Number.isInteger(number) && number > 0))
    throw new FettleError('USAGE', `--to ${to} is not a release number`, {
      hint: `fettle release list ${name} lists them.`,
    })
  if (reason === undefined)
    throw new FettleError('USAGE', 'a rollback needs --reason: it is kept in the audit', {
      hint: `For example: fettle release rollback ${name}${to === undefined ? '' : ` --to ${to}`} --reason unreliable`,
    })
  const { api } = await context.client({ deadlineMs: servedWithinMs })
  const body = { reason, ...(number === undefined ? {} : { to: number }) }
  const deployment = await api.rollBack({ name, body })
  const { state, release, model, modelVersion } = deployment
  context.result(
    deployment,
    () =>
      `Deployment ${name} is ${state} with release ${release ?? 'none'} again (${model} v${modelVersion ?? '?'}).\n`,
  )
  return exitCodes.done
}

async function create(
  context: CommandContext,
  { modelVersion, reason }: ReleaseOptions,
  name: string,
): Promise<ExitCode> {
  const version = versionOf(modelVersion)
  const { api } = await context.client()
  const body = { ...(version === undefined ? {} : { version }), ...(reason === undefined ? {} : { reason }) }
  const made = await api.createRelease({ name, body })
  context.result(made, () => renderRelease(made, null, context.io.paint))
  return exitCodes.done
}

async function verify(context: CommandContext, options: ReleaseOptions, name: string): Promise<ExitCode> {
  const client = await context.client()
  const version = versionOf(options.modelVersion)
  const gate = { name, ...(version === undefined ? {} : { version }), thresholds: options.thresholds }
  if (options.detach === true) {
    const run = await startGate(client, gate)
    context.result({ run }, () => `${run}\n`)
    return exitCodes.done
  }
  const judged = await throughGate(context, client, gate)
  if (typeof judged === 'number') return judged
  await show(context, options, { name, number: String(judged.number) })
  return exitOf(judged)
}

export interface GateOrder {
  readonly name: string
  readonly version?: number
  readonly thresholds?: ReleaseOptions['thresholds']
}

async function startGate(client: FettleClient, { name, version, thresholds }: GateOrder): Promise<string> {
  const body = {
    ...(version === undefined ? {} : { version }),
    ...(thresholds === undefined ? {} : { thresholds }),
  }
  return (await client.api.verifyRelease({ name, body })).run
}

/** Runs the gate with its progress; the release it was about, or the exit code of a run that came to no verdict. */
export async function throughGate(
  context: CommandContext,
  client: FettleClient,
  order: GateOrder,
): Promise<ReleaseSummaryView | ExitCode> {
  const run = await startGate(client, order)
  const quiet = { ...context, result: () => {} }
  const code = await follow(quiet, client, await client.api.run({ id: run }))
  if (code !== exitCodes.done) return code
  const { items } = await client.api.releases({ name: order.name })
  return items.find(each => each.verdict?.run === run) ?? exitCodes.failed
}

/** By the verdict: refused 3, undecided 6. */
export function exitOf({ verdict }: Pick<ReleaseSummaryView, 'verdict'>): ExitCode {
  if (verdict === null) return exitCodes.done
  const { done, refused, inconclusive } = exitCodes
  return { pass: done, fail: refused, inconclusive }[verdict.verdict]
}

async function show(
  context: CommandContext,
  { junit, html }: ReleaseOptions,
  which: { readonly name: string; readonly number: string },
): Promise<ExitCode> {
  const { api } = await context.client()
  const release = await api.release(which)
  const { text } = await api.releaseContracts(which)
  if (junit !== undefined) await writeFile(junit, (await api.releaseJUnit(which)).junit)
  if (html !== undefined) await writeFile(html, (await api.releaseHtml(which)).html)
  context.result(release, () => renderRelease(release, text, context.io.paint))
  return exitCodes.done
}

export function versionOf(text: string | undefined): number | undefined {
  const version = text === undefined ? undefined : Number(text)
  if (version === undefined || (Number.isInteger(version) && version > 0)) return version
  throw new FettleError('USAGE', `--model-version ${text} is not a version number`, {
    hint: 'Versions are whole numbers from 1; fettle models MODEL lists them.',
  })
}
