import { FettleError } from '../../kernel/errors/index.ts'
import type { StoredVersion } from '../ports.ts'
import { executesCode } from '../signatures/executes-code.ts'
import type { RegistryRecordsDeps } from './changes.ts'
import type { VersionRecord } from './model.ts'

export async function versionRecord(
  deps: RegistryRecordsDeps,
  version: StoredVersion,
): Promise<VersionRecord> {
  const [record] = await versionRecordsOf(deps, [version])
  if (record === undefined) throw new Error('one version gives one record')
  return record
}

/** Adds what follows from elsewhere: aliases, and the place of files that a pipeline stored with its run. */
export async function versionRecordsOf(
  { uow, tracking }: RegistryRecordsDeps,
  versions: readonly StoredVersion[],
): Promise<VersionRecord[]> {
  const models = new Set(versions.map(version => version.model))
  const aliases = await uow.read.registry.aliasesOf([...models])
  const locations = new Map<string, string>()
  for (const run of new Set(versions.flatMap(({ location, run }) => (location === null && run ? [run] : []))))
    locations.set(run, await runLocation(tracking, run))
  return versions.map(({ loader, ...version }) => ({
    ...version,
    location: version.location ?? locations.get(version.run ?? '') ?? '',
    aliases: Object.entries(aliases.get(version.model) ?? {}).flatMap(([alias, pointed]) =>
      pointed === version.version ? [alias] : [],
    ),
    executesCode: executesCode(version.files, loader),
  }))
}

async function runLocation(tracking: RegistryRecordsDeps['tracking'], run: string): Promise<string> {
  try {
    return (await tracking.runs.get(run)).artifactLocation
  } catch (error) {
    if (error instanceof FettleError && error.code === 'EXPERIMENT_RUN_UNKNOWN') return ''
    throw error
  }
}
