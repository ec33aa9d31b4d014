import type { SourceData, SourceLocation } from '../../definitions/model.ts'
import type { SqlDialect } from './dialect.ts'

/** What an engine can read; everything else is refused when a project is planned. */
export interface EngineCapabilities {
  readonly dialect: SqlDialect['name']
  readonly sources: readonly SourceLocation['kind'][]
}

/** A source that an engine cannot read, and why. */
export interface EngineGap {
  readonly code: 'ENGINE_UNSUPPORTED' | 'DIALECT_MISSING'
  readonly source: string
  readonly message: string
  readonly hint: string
}

/** The sources an engine cannot read: of a kind it has no reader for, or SQL without a text in its dialect. */
export function engineGaps(capabilities: EngineCapabilities, sources: readonly SourceData[]): EngineGap[] {
  return sources.flatMap(({ name, from }): EngineGap[] => {
    if (from.kind === 'push') return []
    if (!capabilities.sources.includes(from.kind))
      return [
        {
          code: 'ENGINE_UNSUPPORTED',
          source: name,
          message: `source "${name}" is read from ${from.kind}, which ${capabilities.dialect} cannot`,
          hint: `Declare it over Parquet or CSV files, or use another offline engine.`,
        },
      ]
    if (from.kind !== 'sql' || capabilities.dialect === 'duckdb' || from.spark !== undefined) return []
    return [
      {
        code: 'DIALECT_MISSING',
        source: name,
        message: `the SQL of source "${name}" has no text for ${capabilities.dialect}`,
        hint: `Give the same SELECT in ${capabilities.dialect}'s dialect.`,
      },
    ]
  })
}
