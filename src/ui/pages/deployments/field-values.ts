import type { Deployment } from '../../../api/deployments.ts'

export type RequestField = Deployment['request'][number]

/** What the form starts with: values of a real recent row. */
export function exampleText(field: RequestField): string {
  const { example } = field
  if (example === null || example === undefined) return ''
  return typeof example === 'string' ? example : JSON.stringify(example)
}

export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string }

const wholeNumber = /^[+-]?\d{1,19}$/
const safe = BigInt(Number.MAX_SAFE_INTEGER)

/** A field's text as the JSON value to send; an empty text is null. Whole numbers JSON cannot hold are sent as text. */
export function parseField(
  { type, nullable }: Pick<RequestField, 'type' | 'nullable'>,
  text: string,
): Parsed {
  const trimmed = text.trim()
  if (trimmed === '') return nullable ? good(null) : bad('A value is required.')
  if (type === 'int64') {
    if (!wholeNumber.test(trimmed)) return bad('A whole number is required.')
    const exact = BigInt(trimmed)
    return good(exact <= safe && exact >= -safe ? Number(trimmed) : trimmed)
  }
  if (type === 'float64' || type === 'float32') {
    return Number.isFinite(Number(trimmed)) ? good(Number(trimmed)) : bad('A finite number is required.')
  }
  if (type === 'bool')
    return trimmed === 'true' || trimmed === 'false'
      ? good(trimmed === 'true')
      : bad('true or false is required.')
  if (type === 'timestamp') return timestamp(trimmed)
  return good(text)
}

function timestamp(text: string): Parsed {
  return Number.isNaN(Date.parse(text)) || !/(Z|[+-]\d\d:\d\d)$/.test(text)
    ? bad('A time with its zone is required: 2001-05-01T12:00:00Z.')
    : good(text)
}

function good(value: unknown): Parsed {
  return { ok: true, value }
}
function bad(problem: string): Parsed {
  return { ok: false, problem }
}

/** The same request on the command line: `fettle predict late origin=ORD distance=733`. */
export function predictCommand(deployment: string, row: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(row).map(([name, value]) => `${name}=${shellWord(value)}`)
  return ['fettle predict', deployment, ...words].join(' ')
}

function shellWord(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w.:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
