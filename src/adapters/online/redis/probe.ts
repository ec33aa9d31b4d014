import type { OnlineCapabilities } from '../../../features/online/ports.ts'
import { connect } from './connection.ts'
import { asStoreError } from './errors.ts'
import { durabilityOf } from './settings.ts'

/** What the server can promise, without opening a store there. Throws STORE_UNAVAILABLE when it cannot be reached. */
export async function probeRedis(url: string, waitMs: number): Promise<OnlineCapabilities['durability']> {
  const connection = await connect({ url, waitMs, repeats: true })
  try {
    return await durabilityOf(connection)
  } catch (error) {
    throw asStoreError(error, connection.shown)
  } finally {
    connection.close()
  }
}
