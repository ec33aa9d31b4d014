import { resolve } from 'node:path'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderCopied } from '../render/backup.ts'

export const run: Command = async (context, _options, from = '.') => {
  const { projectBackup } = await import('../../platform.ts')
  const report = await (await projectBackup()).restore(context.folder, resolve(from))
  context.result(report, () =>
    renderCopied(
      report.metadata ? 'Restored with metadata' : 'Restored without metadata, which pg_restore brings back',
      report,
    ),
  )
  return report.damaged.length === 0 ? exitCodes.done : exitCodes.failed
}
