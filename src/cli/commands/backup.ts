import { resolve } from 'node:path'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderCopied } from '../render/backup.ts'

export const run: Command = async (context, _options, to = '.') => {
  const { projectBackup } = await import('../../platform.ts')
  const report = await (await projectBackup()).backUp(context.folder, resolve(to))
  context.result(report, () =>
    renderCopied(
      report.metadata ? 'Backed up with metadata' : 'Backed up without metadata, which pg_dump copies',
      report,
    ),
  )
  return report.damaged.length === 0 ? exitCodes.done : exitCodes.failed
}
