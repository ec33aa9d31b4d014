import { FettleError } from '../kernel/errors/index.ts'
import { isName } from '../kernel/ids.ts'
import { textFault } from '../kernel/text.ts'
import type { ModelFile } from './model.ts'

/** Throws NAME_INVALID with the nearest usable name as a hint. */
export function assertModelName(name: string): void {
  if (isName(name)) return
  const near = nearestName(name)
  throw new FettleError('NAME_INVALID', `${JSON.stringify(name)} is not a usable model name`, {
    hint:
      near === undefined
        ? 'Names are lower case: a letter, then up to 62 letters, digits, _ or -.'
        : `Try "${near}".`,
  })
}

function nearestName(name: string): string | undefined {
  const near = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 63)
  return isName(near) ? near : undefined
}

/** Aliases are 1 to 255 of letters of any script, digits, _ and -; `latest` and `v1` would be read as something else. */
export function assertAlias(alias: string): void {
  assertAliasText(alias)
  if (/^(?:latest|v[0-9]+)$/i.test(alias)) throw unusableAlias(alias)
}

/** What may be asked for and taken away: the words that are kept back too. */
export function assertAliasText(alias: string): void {
  if (!/^[\p{L}\p{N}\p{M}_-]{1,255}$/u.test(alias)) throw unusableAlias(alias)
}

function unusableAlias(alias: string): FettleError {
  return new FettleError('NAME_INVALID', `${JSON.stringify(alias)} is not a usable alias`, {
    hint: 'Write letters, digits, _ or -, such as champion; not latest, and not v1.',
  })
}

/** Reasons are shown for ever: valid text of at most 2 000 characters. */
export function assertReason(reason: string): void {
  const fault = textFault(reason) ?? (reason.length > 2_000 ? 'has more than 2 000 characters' : undefined)
  if (fault !== undefined) throw new FettleError('MODEL_INVALID', `The text ${fault}`)
}

/** Throws MODEL_INVALID: a version has files, each path once. */
export function assertFiles(files: readonly ModelFile[]): void {
  if (files.length === 0) throw new FettleError('MODEL_INVALID', 'A model version needs at least one file')
  const paths = new Set<string>()
  for (const { path, hash } of files) {
    const usable =
      path !== '' &&
      path.split('/').every(part => !['', '.', '..'].includes(part)) &&
      textFault(path) === undefined
    if (!usable || path.includes('\\'))
      throw new FettleError('MODEL_INVALID', `${JSON.stringify(path)} is not a usable path of a model file`)
    if (paths.has(path)) throw new FettleError('MODEL_INVALID', `The file "${path}" is named twice`)
    if (!/^sha256:[0-9a-f]{64}$/.test(hash))
      throw new FettleError('MODEL_INVALID', `The file "${path}" has no usable hash`)
    paths.add(path)
  }
}
