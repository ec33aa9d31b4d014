import { FettleError } from '../../kernel/errors/index.ts'
import { textFault } from '../../kernel/text.ts'
import type { Facts, Stage } from './model.ts'

const maxName = 256
const maxTagKey = 250
const maxTagValue = 100_000
const maxDescription = 100_000

/** Names that arrive by a dialect are kept as they are. */
export function assertRecordName(name: string): void {
  if (name === '') throw new FettleError('NAME_INVALID', 'Registered model name cannot be empty.')
  const fault = longerThan(name, maxName) ?? textFault(name)
  if (fault !== undefined)
    throw new FettleError('NAME_INVALID', `The name of the registered model ${fault}`, {
      hint: `Names are text of at most ${maxName} characters.`,
    })
}

export function assertDescription(description: string): void {
  const fault = longerThan(description, maxDescription) ?? textFault(description)
  if (fault !== undefined) throw new FettleError('REGISTRY_INVALID', `The description ${fault}`)
}

export function assertTags(tags: Facts): void {
  for (const [i, [key, value]] of Object.entries(tags).entries()) assertTag(key, value, `tags[${i}]`)
}

/** `place` names the tag in the request. */
export function assertTag(key: string, value: string, place = 'tag'): void {
  assertTagKey(key, place)
  const fault = longerThan(value, maxTagValue) ?? textFault(value)
  if (fault !== undefined) throw new FettleError('REGISTRY_INVALID', `${place}: 'value' ${fault}`)
}

export function assertTagKey(key: string, place = 'tag'): void {
  const fault =
    (key === '' ? 'is empty' : undefined) ??
    longerThan(key, maxTagKey) ??
    textFault(key) ??
    (/^[/\w.\- :\p{L}\p{N}\p{M}]*$/u.test(key) && isOwnNormalPath(key)
      ? undefined
      : 'may hold letters, digits, _ / . - : and space, and equals its own normalised relative path')
  if (fault !== undefined)
    throw new FettleError(
      'REGISTRY_INVALID',
      `Invalid value ${JSON.stringify(key)} for parameter '${place}.key' supplied: the key ${fault}`,
    )
}

const isOwnNormalPath = (key: string) =>
  key.startsWith('..') ? false : key.split('/').every(part => !['', '.', '..'].includes(part))

/** Lengths count code points. */
function longerThan(text: string, most: number): string | undefined {
  return text.length > most && [...text].length > most
    ? `exceeds the maximum length of ${most} characters`
    : undefined
}

const stages: readonly Stage[] = ['None', 'Staging', 'Production', 'Archived']

/** Read in any case. Throws REGISTRY_INVALID. */
export function stageOf(text: string): Stage {
  const stage = stages.find(each => each.toLowerCase() === text.toLowerCase())
  if (stage === undefined)
    throw new FettleError(
      'REGISTRY_INVALID',
      `Invalid Model Version stage: ${JSON.stringify(text.slice(0, 100))}. Value must be one of ${stages.join(', ')}.`,
    )
  return stage
}
