import { runStepHost } from '../pipelines/index.ts'
import type { Folders } from './folders.ts'
import { takeSecrets } from './role-secret.ts'
import { stepActions } from './step-actions.ts'

export interface StepHostRole {
  readonly specPath: string
  readonly url: string
  readonly folders: Folders
}

/** The process of one step. Needs the secrets of the running Fettle in its environment. */
export async function stepHostRole({ specPath, url, folders }: StepHostRole): Promise<never> {
  return runStepHost(specPath, stepActions({ url, folders, ...takeSecrets() }))
}
