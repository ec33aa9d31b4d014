export type KeyKind = 'metrics' | 'params' | 'tags'

/** What is being written at the caret: the beginning of a key, or of a field. */
export interface Unfinished {
  readonly kind: KeyKind | 'field'
  readonly text: string
  /** Where the unfinished word begins. */
  readonly start: number
}

const kinds: Readonly<Record<string, KeyKind>> = {
  metric: 'metrics',
  metrics: 'metrics',
  param: 'params',
  params: 'params',
  tag: 'tags',
  tags: 'tags',
}

export const filterFields: readonly string[] = [
  'metrics.',
  'params.',
  'tags.',
  'attributes.status',
  'attributes.liveness',
  'attributes.run_name',
  'attributes.user_id',
  'attributes.start_time',
  'attributes.duration',
  'dataset.name',
  'dataset.hash',
]

/** The unfinished word before the caret; undefined inside quotes, after a value, or where nothing was begun. */
export function unfinishedAt(filter: string, caret: number): Unfinished | undefined {
  const before = filter.slice(0, caret)
  if ((before.match(/'/g)?.length ?? 0) % 2 === 1) return undefined
  const key = /(?:^|[\s(])(metrics?|params?|tags?)\.`?([^\s`'"=<>!()]*)$/.exec(before)
  if (key !== null) {
    const [, kind = '', text = ''] = key
    return { kind: kinds[kind] ?? 'tags', text, start: caret - key[0].replace(/^[\s(]/, '').length }
  }
  const word = /(?:^|\(|\b(?:and|or|not)\s+)\s*([a-z]+)$/i.exec(before)
  if (word === null) return undefined
  const [, text = ''] = word
  return { kind: 'field', text, start: caret - text.length }
}

/** The filter with the unfinished word completed, and where the caret goes. */
export function completed(
  filter: string,
  { start }: Unfinished,
  { caret, choice }: { readonly caret: number; readonly choice: string },
): { readonly filter: string; readonly caret: number } {
  const after = filter.slice(caret).replace(/^[^\s'"=<>!()]*/, '')
  const ending = choice.endsWith('.') || after.startsWith(' ') ? '' : ' '
  const head = `${filter.slice(0, start)}${choice}${ending}`
  return { filter: head + after, caret: head.length }
}
