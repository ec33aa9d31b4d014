import type { AuditVerification } from './governance/index.ts'
import type { DevOptions, RunningDev } from './platform/dev.ts'
import type { Evaluated, TableEvaluation, VersionEvaluation } from './platform/evaluate/request.ts'
import type { KillTurn } from './platform/kill-switch.ts'
import type { ExportReport, ImportSettings, MlflowImport, SentBack } from './platform/mlflow-import.ts'
import type { ProviderState } from './platform/providers.ts'
import type { RunningServe, ServeOptions } from './platform/serve.ts'
import type { RunningServer, ServerOptions } from './platform/server.ts'
import type { RunningWorker, WorkerOptions } from './platform/start-worker.ts'
import type { VerifyAuditOptions } from './platform/verify-audit.ts'
import type { VectorRuntime } from './vectors/model.ts'

export type { ArtifactUsage, Collected } from './experiments/index.ts'
export type { BackupReport } from './platform/backup.ts'
export type { DevOptions, RunningDev } from './platform/dev.ts'
export type {
  Evaluated,
  EvaluatedTable,
  JudgingRequest,
  ScoredVersion,
} from './platform/evaluate/request.ts'
export type {
  CopyReport,
  ExportReport,
  ImportPlan,
  SentBack,
  Verification,
} from './platform/mlflow-import.ts'
export type { ProviderState } from './platform/providers.ts'
export type { ServeOptions } from './platform/serve.ts'

// The composition root: only this file and the folder beside it know adapters.

/** Control plane, worker and serving in one process tree over one folder. */
export async function startDev(options: DevOptions): Promise<RunningDev> {
  return (await import('./platform/dev.ts')).startDev(options)
}

/** The control plane alone; several may serve one Postgres database. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  return (await import('./platform/server.ts')).startServer(options)
}

/** The data plane alone, over a local copy of releases and pointers. */
export async function startServe(options: ServeOptions): Promise<RunningServe> {
  return (await import('./platform/serve.ts')).startServe(options)
}

/** A worker for a server that runs elsewhere. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  return (await import('./platform/start-worker.ts')).startWorker(options)
}

/** Turns the kill switch of a deployment that is served on this host; nothing else need run. */
export async function killSwitch(folder: string, name: string, turn: KillTurn): Promise<void> {
  return (await import('./platform/kill-switch.ts')).killSwitch(folder, name, turn)
}

/** Reads a project's audit where it is stored, or an export of it, without a server. */
export async function verifyAudit(folder: string, options?: VerifyAuditOptions): Promise<AuditVerification> {
  return (await import('./platform/verify-audit.ts')).verifyAudit(folder, options)
}

export async function exportAudit(folder: string, out: string): Promise<number> {
  return (await import('./platform/verify-audit.ts')).exportAudit(folder, out)
}

/** Who uses a project's stored objects, and the removal of what nobody does. */
export async function projectArtifacts(): Promise<typeof import('./platform/artifacts.ts')> {
  return import('./platform/artifacts.ts')
}

/** Copies of a project, out of it and back. */
export async function projectBackup(): Promise<typeof import('./platform/backup.ts')> {
  return import('./platform/backup.ts')
}

/** What an MLflow store holds, to be planned and taken over by a running Fettle. Throws IMPORT_SOURCE. */
export async function openMlflowImport(settings: ImportSettings): Promise<MlflowImport> {
  return (await import('./platform/mlflow-import.ts')).openMlflowImport(settings)
}

/** Writes what a running Fettle keeps into an MLflow server; `folder` is the project's. Throws IMPORT_SOURCE. */
export async function sendBackToMlflow(
  server: { readonly url: string; readonly token?: string },
  to: string,
  folder: string,
): Promise<SentBack> {
  return (await import('./platform/mlflow-import.ts')).sendBackToMlflow(server, to, folder)
}

/** Writes what a running Fettle keeps as files that MLflow reads. Throws IMPORT_CONFLICT when the folder is not empty. */
export async function exportMlflow(
  server: { readonly url: string; readonly token?: string },
  folder: string,
): Promise<ExportReport> {
  return (await import('./platform/mlflow-import.ts')).exportMlflow(server, folder)
}

/** Where a project's features are computed and kept, and whether that answers. Throws DEFINITIONS_NOT_FOUND. */
export async function projectProviders(folder: string): Promise<readonly ProviderState[]> {
  const [{ probeProviders }, { readProjectFile }] = await Promise.all([
    import('./platform/providers.ts'),
    import('./projects/project-file.ts'),
  ])
  return probeProviders((await readProjectFile(folder)).providers)
}

/** Data checks of a project run where it stands, and what its past suggests. */
export async function projectChecks(): Promise<typeof import('./platform/check-project-data.ts')> {
  return import('./platform/check-project-data.ts')
}

/** Judges a plain table of predictions, without a server. */
export async function evaluatePredictions(request: TableEvaluation): Promise<Evaluated> {
  return (await import('./platform/evaluate/evaluate-table.ts')).evaluatePredictions(request)
}

/** Scores a registered version on a table on this machine, and judges what comes out. */
export async function evaluateVersion(request: VersionEvaluation): Promise<Evaluated> {
  return (await import('./platform/evaluate/evaluate-version.ts')).evaluateVersion(request)
}

/** Engine and store for the known-answer files of `npm run vectors`. */
export async function vectorRuntime(): Promise<VectorRuntime> {
  return (await import('./platform/vector-runtime.ts')).vectorRuntime
}
