import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt, startDev } from '../e2e/dev-server.ts'

export interface FettleServer {
  readonly url: string
  readonly folder: string
  /** Ends it and removes its files. */
  remove(): Promise<void>
}

/** A Fettle of its own over an empty project. */
export async function startFettle(): Promise<FettleServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-mlflow-'))
  await ensureBuilt()
  await writeFile(join(folder, 'fettle.json'), JSON.stringify({ project: 'tracking' }))
  const server = await startDev(folder)
  return {
    url: server.url,
    folder,
    remove: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
