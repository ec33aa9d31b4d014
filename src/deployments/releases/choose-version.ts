import { FettleError } from '../../kernel/errors/index.ts'
import { assertReleasable, type RegistryStore, type ReleasableVersion } from '../../registry/index.ts'

/** The version that is meant (else the challenger, else the champion, else the newest); it can be released. */
export async function chooseVersion(
  registry: RegistryStore,
  model: string,
  wanted: number | undefined,
): Promise<ReleasableVersion> {
  const aliases = await registry.aliases(model)
  const number =
    wanted ??
    aliases['challenger'] ??
    aliases['champion'] ??
    (await registry.listVersions(model)).at(-1)?.version
  const version = number === undefined ? undefined : await registry.findVersion(model, number)
  if (!version) {
    throw new FettleError(
      'MODEL_VERSION_UNKNOWN',
      wanted === undefined
        ? `model "${model}" has no version yet`
        : `model "${model}" has no version ${wanted}`,
      { hint: `Train one first: fettle run ${model}.` },
    )
  }
  assertReleasable(version)
  return version
}
