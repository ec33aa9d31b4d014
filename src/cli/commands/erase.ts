import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ErasureView, erasureReceipt } from '../../api/erasures.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { confirm } from '../confirm.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderErasure, renderErasures, renderResolution } from '../render/erasures.ts'

export interface EraseOptions {
  readonly reason?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** Counting reads every stored training set of the entity. */
const deadlineMs = 30 * 60_000
const lookMillis = 200

export const run: Command<EraseOptions> = async (context, options, what = '', ...words) => {
  if (what === 'list') return list(context)
  if (what === 'show') return show(context, words[0])
  if (what === 'verify') return verify(context, words[0])
  return erase(context, options, { entity: what, key: words })
}

async function erase(
  context: CommandContext,
  { reason, yes, dryRun }: EraseOptions,
  subject: { readonly entity: string; readonly key: string[] },
): Promise<ExitCode> {
  if (subject.key.length === 0)
    throw new FettleError('USAGE', 'erase needs the key: one value for each of its components', {
      hint: 'fettle erase customer c-17 --reason "request 2041"',
    })
  const { api } = await context.client({ deadlineMs })
  const resolved = await api.resolveErasure({ body: subject })
  if (dryRun === true) {
    context.result(resolved, () => renderResolution(resolved))
    return exitCodes.done
  }
  if (reason === undefined)
    throw new FettleError('USAGE', 'an erasure needs a reason', { hint: 'Say who asked: --reason "…"' })
  if (!context.json) context.io.err(renderResolution(resolved))
  if (yes !== true && !(await confirm(`Erase this ${subject.entity} for good?`))) {
    context.io.err('Nothing was erased.\n')
    return exitCodes.failed
  }
  const started = await api.requestErasure({ body: { ...subject, reason } })
  return finished(context, await ended(context, started))
}

/** Follows an erasure to its receipt, or to the first thing that keeps it from ending. */
async function ended(context: CommandContext, started: ErasureView): Promise<ErasureView> {
  const { api } = await context.client()
  let current = started
  while (current.state === 'running' && current.problem === null) {
    await sleep(lookMillis)
    current = await api.erasure({ id: started.id })
  }
  return current
}

function finished(context: CommandContext, erasure: ErasureView): ExitCode {
  context.result(erasure.receipt ?? erasure, () => renderErasure(erasure))
  return erasure.state === 'done' ? exitCodes.done : exitCodes.failed
}

async function list(context: CommandContext): Promise<ExitCode> {
  const { items } = await (await context.client()).api.erasures({})
  context.result({ items }, () => renderErasures(items))
  return exitCodes.done
}

async function show(context: CommandContext, id: string | undefined): Promise<ExitCode> {
  if (id === undefined) throw new FettleError('USAGE', 'show needs the id of an erasure: ers_…')
  const found = await (await context.client()).api.erasure({ id })
  context.result(found.receipt ?? found, () => renderErasure(found))
  return exitCodes.done
}

async function verify(context: CommandContext, file: string | undefined): Promise<ExitCode> {
  if (file === undefined) throw new FettleError('USAGE', 'verify needs the file of a receipt')
  const receipt = await readReceipt(file)
  const { ok, faults } = await (await context.client()).api.verifyErasure({ body: receipt })
  context.result({ ok, faults }, () =>
    ok
      ? `The receipt ${receipt.receipt} is genuine.\n`
      : `The receipt does not hold:\n${faults.map(each => `  ${each}\n`).join('')}`,
  )
  return ok ? exitCodes.done : exitCodes.failed
}

async function readReceipt(file: string) {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FettleError('USAGE', `${file} cannot be read`, { cause })
  })
  try {
    return erasureReceipt.parse(JSON.parse(text))
  } catch (cause) {
    throw new FettleError('ERASURE_RECEIPT_INVALID', `${file} is no receipt of an erasure`, { cause })
  }
}
