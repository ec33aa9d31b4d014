import type { SourceData, SourceLocation } from '../../definitions/model.ts'
import type { SqlDialect } from './dialect.ts'

/** What an engine can read; everything else is refused when a project is planned. */
export interface EngineCapabilities {
  readonly dialect: SqlDialect['name']
  readonly sources: readonly SourceLocation['kind'][]
  /** Words of data checks it cannot run. */
  readonly withoutChecks?: readonly string[]
}

/** A source that an engine cannot read or check, and why. */
export interface EngineGap {
  readonly code: 'ENGINE_UNSUPPORTED' | 'DIALECT_MISSING'
  readonly source: string
  readonly message: string
  readonly hint: string
}

/**
 * What an engine cannot do for sources: read a kind it has no reader for or SQL without a text in its dialect, or run a
 * check.
 */
export function engineGaps(capabilities: EngineCapabilities, sources: readonly SourceData[]): EngineGap[] {
  return [...readingGaps(capabilities, sources), ...checkGaps(capabilities, sources)]
}

function checkGaps(
  { dialect, withoutChecks = [] }: EngineCapabilities,
  sources: readonly SourceData[],
): EngineGap[] {
  return sources.flatMap(({ name, checks = [] }) =>
    checks
      .filter(({ check }) => withoutChecks.includes(check))
      .map(
        (check): EngineGap => ({
          code: 'ENGINE_UNSUPPORTED',
          source: name,
          message: `check "${check.name}" of source "${name}" is ${check.check}, which ${dialect} cannot run`,
          hint: 'Say it with other checks, or use another offline engine.',
        }),
      ),
  )
}

/** The sources an engine cannot read. */
export function readingGaps(capabilities: EngineCapabilities, sources: readonly SourceData[]): EngineGap[] {
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
