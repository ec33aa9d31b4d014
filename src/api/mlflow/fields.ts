/** What a field of a request may hold. `required` also refuses the empty text, as protobuf does not know it from absent. */
export type Field =
  | { readonly kind: 'text' | 'integer' | 'double' | 'boolean' }
  | { readonly kind: 'name'; readonly names: Readonly<Record<string, number>> }
  | { readonly kind: 'message'; readonly fields: Fields }
  | { readonly kind: 'list'; readonly of: Field }

export interface FieldUse {
  readonly field: Field
  readonly required: boolean
  /** An older name that is read when the field is absent. */
  readonly formerly?: string
}

export type Fields = Readonly<Record<string, FieldUse>>

type ValueOf<F extends Field> = F extends { readonly kind: 'text' }
  ? string
  : F extends { readonly kind: 'integer' | 'double' }
    ? number
    : F extends { readonly kind: 'boolean' }
      ? boolean
      : F extends { readonly kind: 'name'; readonly names: infer Names }
        ? keyof Names & string
        : F extends { readonly kind: 'message'; readonly fields: infer Inner extends Fields }
          ? MessageOf<Inner>
          : F extends { readonly kind: 'list'; readonly of: infer Item extends Field }
            ? readonly ValueOf<Item>[]
            : never

type RequiredNames<F extends Fields> = {
  [Name in keyof F]: F[Name]['required'] extends true ? Name : never
}[keyof F]

/** A request as its handler gets it: what is absent is not there. */
export type MessageOf<F extends Fields> = {
  readonly [Name in RequiredNames<F>]: ValueOf<F[Name]['field']>
} & {
  readonly [Name in Exclude<keyof F, RequiredNames<F>>]?: ValueOf<F[Name]['field']>
}

export const text = { kind: 'text' } as const
/** An integer within ±(2^53 − 1). */
export const integer = { kind: 'integer' } as const
export const double = { kind: 'double' } as const
export const boolean = { kind: 'boolean' } as const

export function nameOf<const Names extends Readonly<Record<string, number>>>(
  names: Names,
): { readonly kind: 'name'; readonly names: Names } {
  return { kind: 'name', names }
}

export function message<const F extends Fields>(fields: F): { readonly kind: 'message'; readonly fields: F } {
  return { kind: 'message', fields }
}

export function listOf<const F extends Field>(of: F): { readonly kind: 'list'; readonly of: F } {
  return { kind: 'list', of }
}

export function required<const F extends Field>(
  field: F,
  formerly?: string,
): { readonly field: F; readonly required: true; readonly formerly?: string } {
  return { field, required: true, ...(formerly === undefined ? {} : { formerly }) }
}

export function optional<const F extends Field>(field: F): { readonly field: F; readonly required: false } {
  return { field, required: false }
}
