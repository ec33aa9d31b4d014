import type { PlayedFile } from './play-file.ts'

/** What came of one file, or of all. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly notImplemented: number
}

/** One played file as data, for `--json`. */
export interface FileReport extends Counts {
  readonly path: string
  readonly kind: string
  readonly unknown: string | null
  readonly failures: readonly { readonly name: string; readonly difference: string }[]
  /** What is not there yet, and how many cases ask for it. */
  readonly missing: readonly { readonly what: string; readonly cases: readonly string[] }[]
}

export interface Totals extends Counts {
  readonly files: number
  readonly unknownFiles: number
}

export function reportOf({ path, kind, cases, unknown }: PlayedFile): FileReport {
  const failures = cases.flatMap(({ name, outcome }) =>
    outcome.state === 'failed' ? [{ name, difference: outcome.difference }] : [],
  )
  const missing = new Map<string, string[]>()
  for (const { name, outcome } of cases)
    if (outcome.state === 'not-implemented')
      missing.set(outcome.what, [...(missing.get(outcome.what) ?? []), name])
  return {
    path,
    kind,
    unknown: unknown ?? null,
    passed: cases.filter(each => each.outcome.state === 'passed').length,
    failed: failures.length,
    notImplemented: cases.filter(each => each.outcome.state === 'not-implemented').length,
    failures,
    missing: [...missing].map(([what, names]) => ({ what, cases: names })),
  }
}

export function totalsOf(files: readonly FileReport[]): Totals {
  const sum = (key: keyof Counts) => files.reduce((total, file) => total + file[key], 0)
  return {
    files: files.length,
    unknownFiles: files.filter(file => file.unknown !== null).length,
    passed: sum('passed'),
    failed: sum('failed'),
    notImplemented: sum('notImplemented'),
  }
}

/** One line per file, then one for each failed case and one for each thing that is not there yet. */
export function fileLines(file: FileReport): string[] {
  if (file.unknown !== null) return [`${file.path}: unknown, ${file.unknown}`]
  return [
    `${file.path} (${file.kind}): ${countsText(file)}`,
    ...file.failures.map(({ name, difference }) => `  failed           ${name}: ${difference}`),
    ...file.missing.map(
      ({ what, cases }) => `  not implemented  ${what}: ${cases.length} (${shortened(cases)})`,
    ),
  ]
}

export function totalLine(totals: Totals): string {
  const unknown = totals.unknownFiles === 0 ? '' : `, ${totals.unknownFiles} unknown files`
  return `total of ${totals.files} files: ${countsText(totals)}${unknown}`
}

function countsText({ passed, failed, notImplemented }: Counts): string {
  return `${passed} passed, ${failed} failed, ${notImplemented} not yet implemented`
}

function shortened(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')}, …`
}
