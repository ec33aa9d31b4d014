import { FettleError } from '../../kernel/errors/index.ts'
import { textFault } from '../../kernel/text.ts'

const maxLength = 1_024

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const badCharacter = /[\u0000-\u001f\u007f\\#]/
const badSegment = /(?:^|\/)\.{0,2}(?:\/|$)/
/** Dots, separators, a percent sign or U+0000 that are still encoded after decoding once. */
const encodedAgain = /%(?:2e|2f|5c|25|23|00)/i

/** Throws ARTIFACT_PATH_INVALID for what is no relative path of plain segments. */
export function assertFilePath(path: string): void {
  const usable =
    path.length <= maxLength &&
    textFault(path) === undefined &&
    !badCharacter.test(path) &&
    !badSegment.test(path) &&
    !encodedAgain.test(path)
  if (usable) return
  throw new FettleError('ARTIFACT_PATH_INVALID', `Invalid path: ${shown(path)} is not a usable artifact path`)
}

/** As a file's, or empty for the root; a slash at the end is nothing. */
export function folderPath(path: string): string {
  const folder = path.endsWith('/') && path !== '/' ? path.slice(0, -1) : path
  if (folder !== '') assertFilePath(folder)
  return folder
}

const shown = (path: string) => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path)
