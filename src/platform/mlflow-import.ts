import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { SourceFile } from '../adapters/mlflow-import/index.ts'
import {
  type CopyItem,
  type CopyReport,
  type CopyResult,
  copyMlflow,
  createRest,
  type ExportReport,
  exportFolder,
  exportRest,
  type ImportPlan,
  type MlflowSource,
  openFolderSource,
  openJournal,
  openRestSource,
  openSqlSource,
  planImport,
  type RestExportReport,
  type Verification,
  verifyImport,
} from '../adapters/mlflow-import/index.ts'
import { sha256Hex } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { openPostgresReader, openSqliteReader } from './sql-readers.ts'

export type { CopyReport, ExportReport, ImportPlan, Verification } from '../adapters/mlflow-import/index.ts'

export interface ImportSettings {
  /** `http(s)://…`, `sqlite:///…`, `postgresql://…`, `file:…` or a folder. */
  readonly from: string
  /** Folder behind `mlflow-artifacts:` of a database's server. */
  readonly artifacts?: string
  /** The Fettle that takes over. */
  readonly url: string
  readonly token?: string
  /** Where it is noted what was copied, so that the next import copies what changed. */
  readonly folder: string
  send(items: readonly CopyItem[]): Promise<readonly CopyResult[]>
}

export interface MlflowImport {
  readonly label: string
  plan(): Promise<ImportPlan>
  copy(progress: (report: CopyReport) => void): Promise<CopyReport>
  /** Asks both the same; see `verifyImport`. */
  verify(): Promise<Verification>
  close(): Promise<void>
}

/** Opens the source; nothing is written before `copy`. Throws IMPORT_SOURCE. */
export async function openMlflowImport(settings: ImportSettings): Promise<MlflowImport> {
  const { url, token, folder, send } = settings
  const source = await openSource(settings)
  const authorization = token === undefined ? undefined : `Bearer ${token}`
  return {
    label: source.label,
    async plan() {
      const here = await openRestSource({ url, authorization })
      const models = new Set<string>()
      for await (const { name } of here.models()) models.add(name)
      const experiments = new Set((await here.experiments()).map(({ name }) => name))
      return planImport(source, { experiments, models })
    },
    async copy(progress) {
      const name = sha256Hex(`${source.label}\n${url}`).slice(0, 16)
      const journal = await openJournal(join(folder, '.fettle', 'imports', `${name}.txt`))
      const upload = (to: Owner, file: SourceFile) =>
        put(artifactUrl(url, to, file.path), { file, authorization })
      return copyMlflow({ source, target: { send, upload }, journal, progress })
    },
    verify: async () => verifyImport(source, await openRestSource({ url, authorization })),
    close: () => source.close(),
  }
}

/** What `sendBackToMlflow` did. */
export interface SentBack {
  readonly report: RestExportReport
  /** The file that says which id there belongs to which id here. */
  readonly mapping: string
}

/** Writes what a Fettle keeps into an MLflow server; `folder` is the project's, where the mapping is kept. */
export async function sendBackToMlflow(
  server: { readonly url: string; readonly token?: string },
  to: string,
  folder: string,
): Promise<SentBack> {
  const own = server.token === undefined ? undefined : `Bearer ${server.token}`
  const mapping = join(folder, '.fettle', 'exports', `${sha256Hex(`${server.url}\n${to}`).slice(0, 16)}.txt`)
  const authorization = signIn(process.env)
  const files = `${to.replace(/\/$/, '')}/api/2.0/mlflow-artifacts/artifacts`
  const report = await exportRest({
    source: await openRestSource({ url: server.url, authorization: own }),
    rest: createRest({ url: to, authorization }),
    mapping: await openJournal(mapping),
    upload: (path, file) =>
      put(`${files}/${path.split('/').map(encodeURIComponent).join('/')}`, { file, authorization }),
  })
  return { report, mapping }
}

/** Writes what a Fettle keeps as files that MLflow reads. Throws IMPORT_CONFLICT when the folder is not empty. */
export async function exportMlflow(
  server: { readonly url: string; readonly token?: string },
  folder: string,
): Promise<ExportReport> {
  const authorization = server.token === undefined ? undefined : `Bearer ${server.token}`
  return exportFolder(await openRestSource({ url: server.url, authorization }), resolve(folder))
}

async function openSource({ from, artifacts: given }: ImportSettings): Promise<MlflowSource> {
  const artifacts = given === undefined ? undefined : resolve(given)
  if (/^https?:\/\//.test(from)) return openRestSource({ url: from, authorization: signIn(process.env) })
  if (/^postgres(ql)?:\/\//.test(from)) {
    const { host, pathname } = new URL(from)
    return openSqlSource(await openPostgresReader(from), {
      label: `postgresql://${host}${pathname}`,
      artifacts,
    })
  }
  if (from.startsWith('sqlite:')) {
    const path = resolve(from.replace(/^sqlite:(\/\/\/)?/, ''))
    return openSqlSource(await openSqliteReader(path), { label: path, artifacts })
  }
  if (/^\w{2,}:/.test(from) && !from.startsWith('file:'))
    throw new FettleError('IMPORT_SOURCE', `${from} is nothing that is read`)
  const folder = from.startsWith('file:///')
    ? fileURLToPath(from)
    : resolve(from.replace(/^file:(\/\/)?/, ''))
  return openFolderSource(folder, { artifacts })
}

/** As MLflow's own clients sign in. */
function signIn(environment: NodeJS.ProcessEnv): string | undefined {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = environment
  if (user !== undefined) return `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`
  return token === undefined ? undefined : `Bearer ${token}`
}

interface Owner {
  readonly kind: 'run' | 'loggedModel'
  readonly id: string
  readonly experiment: string
}

function artifactUrl(url: string, { kind, id, experiment }: Owner, path: string): string {
  const owner = kind === 'run' ? `${experiment}/${id}` : `${experiment}/models/${id}`
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return `${url}/api/2.0/mlflow-artifacts/artifacts/${owner}/artifacts/${encoded}`
}

/** Streams a file of known length with constant memory. */
async function put(
  url: string,
  { file, authorization }: { readonly file: SourceFile; readonly authorization: string | undefined },
): Promise<void> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest
  const headers = {
    'content-length': file.bytes,
    'content-type': 'application/octet-stream',
    ...(authorization === undefined ? {} : { authorization }),
  }
  const outgoing = send(url, { method: 'PUT', headers })
  const answered = new Promise<{ readonly status: number; readonly text: string }>((settle, fail) => {
    outgoing.once('error', fail)
    outgoing.once('response', answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.once('end', () => settle({ status: answer.statusCode ?? 0, text }))
    })
  })
  const [{ status, text }] = await Promise.all([answered, pipeline(file.open(), outgoing)])
  if (status !== 200)
    throw new FettleError('UPLOAD_INCOMPLETE', `the server answered ${status}: ${text.slice(0, 300)}`)
}
