import type { SourceData } from '../definitions/index.ts'
import { pushedWatermark, sourceVersions } from '../features/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import type { SourceState } from '../projects/index.ts'
import { sourceSizes } from './source-sizes.ts'

/** Version and size of each source as it stands; what is not known says why. */
export async function sourceStates(
  sources: readonly SourceData[],
  directory: string,
  journals: string,
): Promise<ReadonlyMap<string, SourceState>> {
  const sizes = await sourceSizes(sources, directory)
  const states = await Promise.all(
    sources.map(async (source): Promise<readonly [string, SourceState]> => {
      const size = sizes.get(source.name)
      const [rows, bytes] = [size?.rows ?? null, size?.bytes ?? null]
      if (size && size.missing !== null)
        return [
          source.name,
          { version: null, rows, bytes: null, problem: `there is no file ${size.missing}` },
        ]
      try {
        const read = [source, ...sources.filter(each => each !== source)]
        const versions = await sourceVersions(
          read.slice(0, source.from.kind === 'sql' ? undefined : 1),
          directory,
          name => pushedWatermark(journals, name),
        )
        const version = versions[source.name] ?? 'unversioned'
        return version === 'unversioned'
          ? [source.name, { version: null, rows, bytes, problem: 'its content has no version' }]
          : [source.name, { version, rows, bytes, problem: null }]
      } catch (error) {
        return [source.name, { version: null, rows, bytes, problem: messageOf(error) }]
      }
    }),
  )
  return new Map(states)
}
