import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GateRow, layFiles } from '../../deployments/index.ts'
import { type ServingPlan, servingPlanFile } from '../../evaluation/index.ts'
import type { ObjectStore } from '../../pipelines/index.ts'
import type { Release } from '../../registry/index.ts'
import { supervise } from '../children.ts'

export type Arm = 'candidate' | 'champion'

export interface CopyParts {
  readonly folder: string
  readonly objects: Pick<ObjectStore, 'getFile'>
  readonly releases: Readonly<Partial<Record<Arm, Release>>>
  /** What scores them; left out: by the format of the model. */
  readonly plans?: Readonly<Partial<Record<Arm, ServingPlan | undefined>>>
  readonly rows: readonly GateRow[]
  onLine(line: string): void
}

export interface Answer {
  readonly status: number
  /** Of an error. */
  readonly code: string | null
  readonly predictions: readonly {
    readonly score: number
    readonly action?: string
    readonly served_by: string
    readonly degraded_reason?: readonly string[]
  }[]
}

export interface ArmStatus {
  readonly name: string
  readonly ready: boolean
  readonly refusal: string | null
  readonly scorer: { readonly kind: string; readonly build: string; readonly pids: readonly number[] } | null
}

/** A front with scorers of its own, over a folder that nobody else reads. */
export interface IsolatedCopy {
  readonly pid: number
  readonly servingFolder: string
  readonly dataUrl: string
  readonly adminUrl: string
  status(arm: Arm): Promise<ArmStatus>
  ask(arm: Arm, rows: readonly GateRow['request'][]): Promise<Answer>
  /** Sends a body as it is. */
  send(arm: Arm, body: string, contentType?: string): Promise<Answer>
  kill(arm: Arm, level: 'model' | 'closed' | 'lift'): Promise<void>
  stop(): Promise<void>
}

/** Where a copy below this folder has the files of a release. */
export function releaseFolderIn(folder: string, { digest }: Pick<Release, 'digest'>): string {
  return join(folder, 'serving', 'releases', digest.replace(/^sha256:/, ''))
}

/** Lays the releases down by hash and starts a front over them. Throws OBJECT_UNKNOWN, OBJECT_CORRUPT. */
export async function startCopy(parts: CopyParts): Promise<IsolatedCopy> {
  const servingFolder = join(parts.folder, 'serving')
  const rowsFile = join(parts.folder, 'rows.json')
  const arms = Object.entries(parts.releases)
  for (const [arm, release] of arms) {
    const target = releaseFolderIn(parts.folder, release)
    await mkdir(target, { recursive: true })
    await layFiles(parts.objects, release.model.files, target)
    const plan = parts.plans?.[arm as Arm]
    if (plan) await writeFile(join(target, servingPlanFile), JSON.stringify(plan))
    await writeFile(join(target, 'release.json'), JSON.stringify(release))
  }
  const deployments = arms.map(([name, { digest }]) => ({ name, digest }))
  await writeFile(
    join(servingFolder, 'deployments.json'),
    JSON.stringify({ schema: 1, sequence: 1, deployments }),
  )
  await writeFile(rowsFile, JSON.stringify(parts.rows))
  const child = supervise({
    role: 'gate-front',
    options: { servingFolder, rowsFile },
    onReady: () => undefined,
    onLine: line => parts.onLine(line),
  })
  const { dataUrl, adminUrl, pid } = (await child.ready) as {
    readonly dataUrl: string
    readonly adminUrl: string
    readonly pid: number
  }
  return { pid, servingFolder, dataUrl, adminUrl, ...callsOf(dataUrl, adminUrl), stop: () => child.stop() }
}

function callsOf(
  dataUrl: string,
  adminUrl: string,
): Omit<IsolatedCopy, 'pid' | 'stop' | 'servingFolder' | 'dataUrl' | 'adminUrl'> {
  const send = async (arm: Arm, body: string, contentType = 'application/json'): Promise<Answer> => {
    const reply = await fetch(`${dataUrl}/predict/${arm}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
      signal: AbortSignal.timeout(mostMillis),
    })
    const answer = (await reply.json()) as Partial<Answer> & { readonly error?: { readonly code: string } }
    return {
      status: reply.status,
      code: answer.error?.code ?? null,
      predictions: answer.predictions ?? [],
    }
  }
  return {
    send,
    ask: (arm, rows) => send(arm, JSON.stringify({ rows })),
    async status(arm) {
      const reply = await fetch(`${adminUrl}/admin/status`, { signal: AbortSignal.timeout(mostMillis) })
      const { deployments } = (await reply.json()) as { readonly deployments: readonly ArmStatus[] }
      const found = deployments.find(({ name }) => name === arm)
      return found ?? { name: arm, ready: false, refusal: 'it was not laid down', scorer: null }
    },
    async kill(arm, level) {
      const body = JSON.stringify({ deployment: arm, level })
      await fetch(`${adminUrl}/admin/kill`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(mostMillis),
      })
    },
  }
}

const mostMillis = 10_000
