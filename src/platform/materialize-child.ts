import { spawn } from 'node:child_process'
import { type ErrorCode, errorCatalogue, FettleError } from '../kernel/errors/index.ts'
import type { MaterializeFeatures } from '../serving/index.ts'
import { roleCommand } from './build-facts.ts'
import type { MaterializeReply, MaterializeRole } from './materialize-role.ts'
import { type RoleSecrets, secretEnvironment } from './role-secret.ts'

type Folders = Pick<MaterializeRole, 'projectFolder' | 'servingFolder' | 'onlineFolder' | 'workFolder'>

/** Runs each materialization in a process of its own, which ends with this one. */
export function materializeInChild(folders: Folders, secrets: RoleSecrets): MaterializeFeatures {
  return ({ kind, views, start, end }, now) =>
    new Promise((resolve, reject) => {
      const role: MaterializeRole = {
        ...folders,
        kind,
        views,
        start: start?.toString() ?? null,
        end: end.toString(),
        now: now.toString(),
      }
      const [command = '', ...argv] = roleCommand('materialize', role)
      const child = spawn(command, argv, {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        env: { ...process.env, ...secretEnvironment(secrets) },
      })
      let reply: MaterializeReply | undefined
      child.on('message', message => {
        reply = message as MaterializeReply
      })
      child.once('error', reject)
      child.once('exit', code => {
        if (reply !== undefined && 'done' in reply) resolve()
        else reject(failure(reply, code))
      })
    })
}

function failure(reply: MaterializeReply | undefined, code: number | null): Error {
  if (reply === undefined || 'done' in reply) return new Error(`the materialization ended with code ${code}`)
  const known = Object.hasOwn(errorCatalogue, reply.error.code)
  return new FettleError(known ? (reply.error.code as ErrorCode) : 'INTERNAL', reply.error.message)
}
