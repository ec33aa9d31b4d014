import type { Json } from '../../kernel/canonical.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { SignedFile } from './statement.ts'

export interface ProvenanceFacts {
  /** The pipeline run that built it; null for what was registered by hand. */
  readonly run: string | null
  readonly parameters: Json
  /** Data, code and environment it was built from; a digest is `sha256:<hex>`. */
  readonly dependencies: readonly { readonly name: string; readonly digest: string }[]
  readonly builder: string
  readonly finishedAt: Micros
}

/** A SLSA v1 provenance statement over the files of a version: what built them, from what. */
export function provenanceStatement(files: readonly SignedFile[], facts: ProvenanceFacts): object {
  const { run, parameters, dependencies, builder, finishedAt } = facts
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ path, hash }) => ({ name: path, digest: digestOf(hash) })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: run === null ? 'https://fettle.dev/registration/v1' : 'https://fettle.dev/pipeline-run/v1',
        externalParameters: parameters,
        internalParameters: {},
        resolvedDependencies: dependencies.map(({ name, digest }) => ({ name, digest: digestOf(digest) })),
      },
      runDetails: {
        builder: { id: builder },
        metadata: { ...(run === null ? {} : { invocationId: run }), finishedOn: formatTimestamp(finishedAt) },
      },
    },
  }
}

const digestOf = (hash: string) => ({ sha256: hash.replace(/^sha256:/, '') })
