import { resolve } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'

export interface AuditOptions {
  readonly anchors?: string
  readonly export?: string
  readonly key?: string
  readonly out?: string
}

export const run: Command<AuditOptions> = async (context, options, action) => {
  if (action === 'verify') return verify(context, options)
  if (action === 'export') return write(context, options.out)
  throw new FettleError('USAGE', `there is nothing to do with the audit called ${action}`, {
    hint: 'Write fettle audit verify, or fettle audit export --out FILE.',
  })
}

async function verify(context: CommandContext, { out: _, ...options }: AuditOptions): Promise<ExitCode> {
  const { verifyAudit } = await import('../../platform.ts')
  const { count, head, fault, anchors, anchoredSince } = await verifyAudit(context.folder, options)
  if (fault !== null)
    throw new FettleError('AUDIT_BROKEN', `row ${fault.seq} of the audit is ${faultWords(fault.kind)}`, {
      details: { seq: fault.seq, kind: fault.kind, good: count },
    })
  const compared =
    anchoredSince === null
      ? 'There are no anchors yet: they are signed hourly and when the server stops.'
      : `Compared with ${anchors} ${anchors === 1 ? 'anchor' : 'anchors'} since ${anchoredSince}.`
  context.result(
    { count, head, anchors, anchoredSince },
    () =>
      `The audit is whole: ${count} ${count === 1 ? 'row' : 'rows'}, the last has the hash ${head}\n${compared}\n`,
  )
  return exitCodes.done
}

function faultWords(kind: string): string {
  if (kind === 'truncated') return 'cut off, with all that followed: truncated'
  if (kind === 'forged anchor') return 'anchored with another key: forged anchor'
  return kind === 'bad signature' ? 'anchored with a bad signature' : kind
}

async function write(context: CommandContext, out: string | undefined): Promise<ExitCode> {
  if (out === undefined)
    throw new FettleError('USAGE', 'where shall the audit be written to?', {
      hint: 'fettle audit export --out audit.jsonl',
    })
  const { exportAudit } = await import('../../platform.ts')
  const count = await exportAudit(context.folder, resolve(out))
  context.result({ count, out }, () => `Wrote ${count} ${count === 1 ? 'row' : 'rows'} to ${out}\n`)
  return exitCodes.done
}
