import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderSent } from '../render/sync.ts'
import { findSpools } from '../spool/read-spool.ts'
import { type SentSpool, sendSpool } from '../spool/send-spool.ts'

/** Sends what Python clients have spooled. Exits with 1 when something was refused. */
export const run: Command = async (context, _options, folder) => {
  const usual = usualFolder()
  const spools = folder === undefined && !existsSync(usual) ? [] : await findSpools(resolve(folder ?? usual))
  const client = await context.client()
  const { token } = context.server()
  const sent: SentSpool[] = []
  for (const spool of spools)
    sent.push(await sendSpool(spool, { client, ...(token === undefined ? {} : { token }) }))
  context.result({ spools: sent }, () => renderSent(sent))
  return sent.some(({ refused }) => refused.length > 0) ? exitCodes.failed : exitCodes.done
}

function usualFolder(): string {
  const { FETTLE_SPOOL: given, XDG_DATA_HOME: data = join(homedir(), '.local', 'share') } = process.env
  return given ?? join(data, 'fettle', 'spool')
}
