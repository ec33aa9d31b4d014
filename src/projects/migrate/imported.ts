import type { ValueType } from '../../kernel/values/model.ts'

/** What an importer found, in terms of the language. Names are Fettle's. */
export interface ImportedDefinitions {
  readonly from: string
  readonly entities: readonly ImportedEntity[]
  readonly sources: readonly ImportedSource[]
  readonly views: readonly ImportedView[]
  /** What has no definition but should be read by a person, as comments. */
  readonly remarks: readonly { readonly title: string; readonly lines: readonly string[] }[]
  readonly notCarried: readonly NotCarried[]
}

/** Something that is not in the definitions, or not as it was. */
export interface NotCarried {
  readonly item: string
  readonly reason: string
}

export interface ImportedColumn {
  readonly name: string
  readonly type: ValueType
}

export interface ImportedEntity {
  readonly name: string
  readonly description?: string
  readonly key: readonly ImportedColumn[]
}

export interface ImportedSource {
  readonly name: string
  readonly description?: string
  readonly from:
    | { readonly kind: 'push' }
    | { readonly kind: 'parquet' | 'csv'; readonly path: string }
    /** Text alternating with names of other sources. */
    | { readonly kind: 'sql'; readonly texts: readonly string[]; readonly sources: readonly string[] }
  readonly columns: readonly ImportedColumn[]
  readonly eventTime?: string
  readonly knownAt?: string
}

export interface ImportedView {
  readonly name: string
  readonly description?: string
  readonly owner?: string
  readonly entity?: string
  /** Source columns by key component, where they are named otherwise. */
  readonly keys?: Readonly<Record<string, string>>
  readonly source: string
  /** Source column by feature. */
  readonly features: Readonly<Record<string, string>>
  readonly maxAge?: string
}

/** A name as the language wants it: lower case, digits, `_` and `-`, beginning with a letter, at most 63. */
export function languageName(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9_-]+/g, '_')
  return (/^[a-z]/.test(plain) ? plain : `x_${plain}`).slice(0, 63)
}
