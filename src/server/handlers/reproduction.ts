import { prospect, reproductionReport } from '../../api/reproduction.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Compared, StoredReport } from '../../reproduction/index.ts'
import { toWireJson } from '../map/json.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type ReproductionHandlers = Pick<
  Handlers,
  | 'reproducibility'
  | 'reproduce'
  | 'reproductions'
  | 'versionManifest'
  | 'runManifest'
  | 'reproduction'
  | 'verifyReproduction'
  | 'recordReproduction'
  | 'checkReproducibility'
>

export function reproductionHandlers({
  reproductions,
  pipelines,
}: Pick<Services, 'reproductions' | 'pipelines'>): ReproductionHandlers {
  return {
    reproducibility: async ({ params }) => {
      const name = versionOf(params)
      const { hash, last, manifest: _, ...found } = await reproductions.explain(name)
      return prospect.parse({ ...name, ...found, manifest: hash, last: last ?? null })
    },
    reproduce: async ({ params, body, principal }) => {
      const { run, report } = await reproductions.start(versionOf(params), principal, body.idempotencyKey)
      return { run: run?.id ?? null, report: report && storedToWire(report) }
    },
    reproductions: async ({ params }) => ({
      items: (await reproductions.reports(versionOf(params))).map(storedToWire),
    }),
    versionManifest: async ({ params }) => {
      const { hash, manifest } = await reproductions.manifest(versionOf(params))
      return { hash, manifest: toWireJson(manifest as never) }
    },
    runManifest: async ({ params: { id } }) => {
      const { hash, manifest } = await reproductions.runManifest(await pipelines.getRun(id))
      return { hash, manifest: toWireJson(manifest) }
    },
    reproduction: async ({ params: { id } }) => storedToWire(await reproductions.report(id)),
    verifyReproduction: async ({ body }) => {
      const faults = await reproductions.verify(body as never)
      return { ok: faults.length === 0, faults: [...faults] }
    },
    recordReproduction: async ({ body: { pipelineRun, ...compared }, principal }) =>
      storedToWire(await reproductions.record(pipelineRun, compared as Compared, principal)),
    checkReproducibility: async () => ({
      items: (await reproductions.check({ readAll: true })).map(each => ({
        ...each,
        missing: [...each.missing],
      })),
    }),
  }
}

/** Throws MODEL_VERSION_UNKNOWN for what is no number. */
function versionOf({ name, version }: { readonly name: string; readonly version: string }) {
  if (/^[1-9]\d{0,8}$/.test(version)) return { model: name, version: Number(version) }
  throw new FettleError('MODEL_VERSION_UNKNOWN', `"${version.slice(0, 80)}" is no version of "${name}"`, {
    hint: `Versions are numbers: ${name}@1.`,
  })
}

function storedToWire({ hash, report }: StoredReport) {
  return { hash, report: reproductionReport.parse(report) }
}
