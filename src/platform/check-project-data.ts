import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closureOf, type Definition, type DefinitionRef, type SourceData } from '../definitions/index.ts'
import {
  type CheckReport,
  checkSources,
  checkView,
  factsFrom,
  type OfflineEngine,
  quarantined,
  type SuggestedCheck,
  suggestChecks,
} from '../features/index.ts'
import { systemClock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { nearestFirst } from '../kernel/nearest.ts'
import { loadProject } from '../projects/index.ts'
import { readProjectFile } from '../projects/project-file.ts'
import { openEngine } from './providers.ts'

/** Runs the checks of a project's sources and views as they are written, without a server; of one, or of all. */
export async function checkProjectData(folder: string, name?: string): Promise<readonly CheckReport[]> {
  const { definitions } = await loadProject(folder)
  const chosen = definitions.filter(each => name === undefined || each.name === name)
  const sources = chosen.filter(each => each.kind === 'source')
  const views = chosen.filter(each => each.kind === 'featureView' && (each.checks?.length ?? 0) > 0)
  if (name !== undefined && sources.length + views.length === 0) throw unknownTable(name, definitions)
  const now = systemClock.nowMicros()
  return withEngine(folder, async engine => {
    const facts = () => factsFrom(now, [])
    const reports = await checkSources(engine, {
      sources: sourcesBelow(definitions, definitions),
      only: sources.map(each => each.name),
      projectFolder: folder,
      facts,
      run: 'fettle checks run',
    })
    for (const view of views)
      if (view.kind === 'featureView')
        reports.push(
          await checkView(engine, {
            view,
            sources: sourcesBelow(definitions, [view]),
            projectFolder: folder,
            facts: facts(),
          }),
        )
    return reports
  })
}

/** Checks that the past of a source suggests. Throws REFERENCE_UNKNOWN and COLUMN_UNKNOWN. */
export async function suggestProjectChecks(
  folder: string,
  request: { readonly source: string; readonly by: string; readonly partitions: 'day' | 'week' | 'month' },
): Promise<{ readonly partitions: number; readonly suggestions: readonly SuggestedCheck[] }> {
  const { definitions } = await loadProject(folder)
  const source = definitions.find(each => each.kind === 'source' && each.name === request.source)
  if (source?.kind !== 'source') throw unknownTable(request.source, definitions)
  const times = source.columns.filter(each => each.type === 'timestamp').map(each => each.name)
  if (!times.includes(request.by))
    throw new FettleError('COLUMN_UNKNOWN', `source "${source.name}" has no time column "${request.by}"`, {
      hint:
        times.length === 0 ? 'It has no timestamp to cut its past by.' : `Use one of: ${times.join(', ')}.`,
    })
  const sources = sourcesBelow(definitions, [source])
  const now = systemClock.nowMicros()
  return withEngine(folder, engine =>
    suggestChecks(engine, { ...request, source, sources, projectFolder: folder, now }),
  )
}

function sourcesBelow(
  definitions: readonly Definition[],
  roots: readonly Definition[],
): readonly SourceData[] {
  const refs = roots.map((each): DefinitionRef => `${each.kind}:${each.name}`)
  return closureOf(definitions, refs).flatMap(each => (each.kind === 'source' ? [quarantined(each)] : []))
}

function unknownTable(name: string, definitions: readonly Definition[]): FettleError {
  const names = definitions
    .filter(each => each.kind === 'source' || each.kind === 'featureView')
    .map(each => each.name)
  return new FettleError('REFERENCE_UNKNOWN', `there is no source and no view with checks named "${name}"`, {
    hint: `Nearest: ${nearestFirst(name, names).slice(0, 3).join(', ')}.`,
  })
}

async function withEngine<Result>(
  folder: string,
  work: (engine: OfflineEngine) => Promise<Result>,
): Promise<Result> {
  const { providers } = await readProjectFile(folder)
  const temporaryFolder = await mkdtemp(join(tmpdir(), 'fettle-checks-'))
  const engine = await openEngine(providers, { temporaryFolder })
  try {
    return await work(engine)
  } finally {
    await engine.close()
    await rm(temporaryFolder, { recursive: true, force: true })
  }
}
