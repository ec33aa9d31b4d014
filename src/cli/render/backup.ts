import type { CopiedObjects } from '../../platform.ts'
import { formatBytes, plural } from './text.ts'

/** What a backup or restore moved, and what is missing from it. */
export function renderCopied(done: string, { copied, bytes, present, damaged }: CopiedObjects): string {
  return [
    `${done}: ${plural(copied, 'object')} (${formatBytes(bytes)}) copied, ${present} were there`,
    ...damaged.map(hash => `  not copied, its bytes are damaged: ${hash}`),
    '',
  ].join('\n')
}
