import { FettleError } from '../../../kernel/errors/index.ts'
import { messageOf } from '../../../kernel/message-of.ts'

/** A failure of LMDB or the disk as the caller is told it; errors of Fettle pass unchanged. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof FettleError || error instanceof TypeError || error instanceof RangeError) return error
  const message = messageOf(error)
  if (/MDB_MAP_FULL|mapsize|no space left|ENOSPC|EDQUOT|disk quota|file too large|EFBIG/i.test(message)) {
    return new FettleError('STORE_FULL', `the online store cannot grow: ${message}`, { cause: error })
  }
  return new FettleError('STORE_UNAVAILABLE', `the online store failed: ${message}`, { cause: error })
}
