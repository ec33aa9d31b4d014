import type { Json } from '../../kernel/canonical.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import type { Signature, SignatureField, SignatureParam } from '../model.ts'

/** A signature as MLflow writes it: JSON texts of inputs, outputs and params. */
export interface WrittenSignature {
  readonly inputs?: string | null
  readonly outputs?: string | null
  readonly params?: string | null
}

type Written = Readonly<Record<string, Json>>

const scalars: Readonly<Record<string, ValueType>> = {
  boolean: 'bool',
  integer: 'int64',
  long: 'int64',
  float: 'float32',
  double: 'float64',
  string: 'string',
  binary: 'bytes',
  datetime: 'timestamp',
}

/** Types of NumPy by the beginning of their names; unsigned 64 bit has no place in ours. */
const tensors: readonly (readonly [RegExp, ValueType])[] = [
  [/^bool$/, 'bool'],
  [/^(?:int(?:8|16|32|64)|uint(?:8|16|32))$/, 'int64'],
  [/^float(?:16|32)$/, 'float32'],
  [/^float64$/, 'float64'],
  [/^(?:str\d*|<U\d*|object)$/, 'string'],
  [/^datetime64/, 'timestamp'],
]

/**
 * Our signature for MLflow's (`mlflow/types/schema.py`). `integer` is 32 bit there and int64 here; a column without a
 * name is named by its place; what is not `required` may be null. Throws a SyntaxError that names the column of a type
 * that has no counterpart: objects, `any`, Spark vectors.
 */
export function signatureOfMlflow(written: WrittenSignature): Signature {
  const params = columns(written.params ?? '[]').map(param)
  return {
    inputs: columns(written.inputs ?? '[]').map(field),
    outputs: columns(written.outputs ?? '[]').map(field),
    ...(params.length === 0 ? {} : { params }),
  }
}

function columns(text: string): readonly Written[] {
  const parsed: unknown = JSON.parse(text)
  if (parsed === null) return []
  if (!Array.isArray(parsed) || parsed.some(each => each === null || typeof each !== 'object'))
    throw new SyntaxError('the signature is no list of columns')
  return parsed
}

function field(column: Written, place: number): SignatureField {
  const name = typeof column['name'] === 'string' ? column['name'] : String(place)
  if (column['type'] === 'tensor') return { name, ...tensor(name, column['tensor-spec']), nullable: false }
  return { name, type: columnType(name, column), nullable: column['required'] === false }
}

function tensor(name: string, spec: Json | undefined): { type: ValueType; shape: readonly number[] } {
  const { dtype, shape } = (spec ?? {}) as { readonly dtype?: Json; readonly shape?: Json }
  const type = tensors.find(([pattern]) => pattern.test(String(dtype)))?.[1]
  if (type === undefined || !isShape(shape))
    throw new SyntaxError(`"${name}" is a tensor of ${JSON.stringify(dtype)}, which has no counterpart`)
  return { type, shape }
}

const isShape = (shape: Json | undefined): shape is number[] =>
  Array.isArray(shape) && shape.every(length => Number.isInteger(length) && Number(length) >= -1)

function columnType(name: string, column: Written): ValueType {
  const { type } = column
  const scalar = typeof type === 'string' && Object.hasOwn(scalars, type) ? scalars[type] : undefined
  if (scalar !== undefined) return scalar
  if (type === 'array') return `list<${columnType(name, inner(column['items']))}>`
  if (type === 'map') return `map<string,${columnType(name, inner(column['values']))}>`
  throw new SyntaxError(`"${name}" has type ${JSON.stringify(type)}, which has no counterpart`)
}

/** Elements are written as a column, or as the bare name of a type. */
const inner = (items: Json | undefined): Written =>
  typeof items === 'string' ? { type: items } : ((items ?? {}) as Written)

function param(column: Written): SignatureParam {
  const name = String(column['name'] ?? '')
  const { shape } = column
  return {
    name,
    type: columnType(name, column),
    default: column['default'] ?? null,
    ...(isShape(shape) ? { shape } : {}),
  }
}
