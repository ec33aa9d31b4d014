import type { LogPage } from '../../api/pipelines.ts'
import { plain } from './text.ts'

/** Log lines; with `step` before each when several steps are shown together. */
export function renderLog(lines: LogPage['lines'], step: string | undefined): string {
  const prefix = step === undefined ? '' : `${step} | `
  return lines
    .map(({ text, stream }) => `${prefix}${stream === 'system' ? `[fettle] ${plain(text)}` : plain(text)}\n`)
    .join('')
}
