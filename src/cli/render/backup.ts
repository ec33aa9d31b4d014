import type { BackupReport } from '../../platform.ts'
import { formatBytes, plural } from './text.ts'

/** What a backup or restore moved, and what is missing from it. */
export function renderCopied(
  done: string,
  { copied, bytes, present, damaged, records }: BackupReport,
): string {
  return [
    `${done}: ${plural(copied, 'object')} (${formatBytes(bytes)}) copied, ${present} were there`,
    ...(records.files === 0
      ? []
      : [
          `  with ${plural(records.files, 'file')} of decisions and feedback (${formatBytes(records.bytes)})`,
        ]),
    ...damaged.map(hash => `  not copied, its bytes are damaged: ${hash}`),
    '',
  ].join('\n')
}
