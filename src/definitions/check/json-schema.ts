import type { CheckParameter } from '../model.ts'

type Schema = CheckParameter | undefined
type SchemaObject = { readonly [name: string]: CheckParameter }
type Validate = (value: unknown) => boolean

/**
 * Compiles a JSON Schema (2020-12): type, enum, const, properties, required, additionalProperties, items, prefixItems,
 * the limits of numbers, lengths and counts, allOf, anyOf, oneOf, not. Gives what it cannot say otherwise.
 */
export function compileJsonSchema(schema: Schema): Validate | { readonly problem: string } {
  try {
    return compile(schema)
  } catch (error) {
    if (error instanceof UnsupportedKeyword) return { problem: error.message }
    throw error
  }
}

class UnsupportedKeyword extends Error {}

const annotations = new Set(['$schema', '$id', '$comment', 'title', 'description', 'default', 'examples'])

function compile(schema: Schema): Validate {
  if (typeof schema === 'boolean') return () => schema
  if (!isObject(schema)) throw new UnsupportedKeyword('a schema is an object or a boolean')
  const tests = Object.keys(schema).flatMap(keyword => {
    if (annotations.has(keyword)) return []
    const make = keywords[keyword]
    if (!make) throw new UnsupportedKeyword(`the keyword "${keyword}" is not supported`)
    return [make(schema[keyword], schema)]
  })
  return value => tests.every(test => test(value))
}

const keywords: Readonly<Record<string, (operand: Schema, schema: SchemaObject) => Validate>> = {
  type: operand => value => [operand].flat().some(type => hasType(value, String(type))),
  enum: operand => value => list(operand).some(each => same(each, value)),
  const: operand => value => same(operand, value),
  properties: operand => {
    const members = Object.entries(object(operand)).map(([name, each]) => [name, compile(each)] as const)
    return ifObject(value =>
      members.every(([name, test]) => !Object.hasOwn(value, name) || test(value[name])),
    )
  },
  required: operand => ifObject(value => list(operand).every(name => Object.hasOwn(value, String(name)))),
  additionalProperties: (operand, schema) => {
    const known = object(schema['properties'] ?? {})
    const test = compile(operand)
    return ifObject(value =>
      Object.entries(value).every(([name, each]) => Object.hasOwn(known, name) || test(each)),
    )
  },
  prefixItems: operand => {
    const tests = list(operand).map(compile)
    return ifList(value => tests.every((test, index) => index >= value.length || test(value[index])))
  },
  items: (operand, schema) => {
    const test = compile(operand)
    return ifList(value => value.slice(list(schema['prefixItems'] ?? []).length).every(test))
  },
  uniqueItems: operand =>
    ifList(
      value =>
        operand !== true || value.every((each, at) => value.findIndex(other => same(each, other)) === at),
    ),
  minimum: limit((value, bound) => value >= bound),
  maximum: limit((value, bound) => value <= bound),
  exclusiveMinimum: limit((value, bound) => value > bound),
  exclusiveMaximum: limit((value, bound) => value < bound),
  minLength: size('string', (count, bound) => count >= bound),
  maxLength: size('string', (count, bound) => count <= bound),
  minItems: size('array', (count, bound) => count >= bound),
  maxItems: size('array', (count, bound) => count <= bound),
  minProperties: size('object', (count, bound) => count >= bound),
  maxProperties: size('object', (count, bound) => count <= bound),
  allOf: operand => combined(operand, count => count.passed === count.all),
  anyOf: operand => combined(operand, count => count.passed > 0),
  oneOf: operand => combined(operand, count => count.passed === 1),
  not: operand => {
    const test = compile(operand)
    return value => !test(value)
  },
}

function limit(holds: (value: number, bound: number) => boolean) {
  return (operand: Schema): Validate =>
    value =>
      typeof value !== 'number' || holds(value, Number(operand))
}

function size(type: string, holds: (count: number, bound: number) => boolean) {
  return (operand: Schema): Validate =>
    value => {
      if (!hasType(value, type)) return true
      const count = typeof value === 'string' ? [...value].length : Object.keys(value as object).length
      return holds(count, Number(operand))
    }
}

function combined(operand: Schema, holds: (count: { passed: number; all: number }) => boolean): Validate {
  const tests = list(operand).map(compile)
  return value => holds({ passed: tests.filter(test => test(value)).length, all: tests.length })
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return typeof value === 'number' && Number.isInteger(value)
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  // The names of JSON Schema's other types are those of JavaScript.
  return typeof value === type
}

function ifObject(test: (value: Readonly<Record<string, unknown>>) => boolean): Validate {
  return value => !isObject(value) || test(value)
}

function ifList(test: (value: readonly unknown[]) => boolean): Validate {
  return value => !Array.isArray(value) || test(value)
}

function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list(operand: Schema): readonly CheckParameter[] {
  if (Array.isArray(operand)) return operand
  throw new UnsupportedKeyword('a list is needed where there is none')
}

function object(operand: Schema): SchemaObject {
  if (isObject(operand)) return operand
  throw new UnsupportedKeyword('an object is needed where there is none')
}

/** Equality of JSON values; the order of members does not count. */
function same(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((each, index) => same(each, right[index]))
  if (isObject(left) && isObject(right)) {
    const names = Object.keys(left)
    return (
      names.length === Object.keys(right).length &&
      names.every(name => Object.hasOwn(right, name) && same(left[name], right[name]))
    )
  }
  return left === right
}
