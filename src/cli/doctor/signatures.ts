import { connect } from '../../client/index.ts'
import { isAlive } from '../../kernel/is-alive.ts'
import { readServerFile } from '../context.ts'
import type { Finding } from './run-checks.ts'

/** Whether the files of every version that is served now are those that were signed. */
export async function servedSignatures(folder: string): Promise<Finding> {
  const file = readServerFile(folder)
  if (file === undefined || !isAlive(file.pid)) return { value: 'no server runs here', verdict: 'ok' }
  const { api } = connect({ url: file.url, ...(file.token === undefined ? {} : { token: file.token }) })
  const served = (await api.deployments()).items.filter(each => each.modelVersion !== null)
  const faults: string[] = []
  for (const { model, modelVersion } of served) {
    const version = String(modelVersion)
    const { state, problem } = await api.versionSignature({ name: model, version, bytes: 'true' })
    if (state !== 'signed') faults.push(`${model}@${version} is ${state}: ${problem}`)
  }
  return faults.length === 0
    ? { value: `${served.length} served, all signed and whole`, verdict: 'ok' }
    : {
        value: faults.join('; '),
        verdict: 'fail',
        fix: 'fettle models verify MODEL@VERSION names the files; restore them from a backup.',
      }
}
