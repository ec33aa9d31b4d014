import { isAbsolute, join } from 'node:path'
import { fileFeed } from '../adapters/feeds/file/index.ts'
import { redisFeed } from '../adapters/feeds/redis/index.ts'
import type { FeedData } from '../definitions/model.ts'
import type { FeedReader } from '../features/index.ts'
import { FettleError } from '../kernel/errors/index.ts'

/** The reader of a declared feed. Throws STORE_UNAVAILABLE when its address is not set. */
export function openFeed(feed: FeedData, projectFolder: string): FeedReader {
  if (feed.kind === 'file')
    return fileFeed(isAbsolute(feed.path) ? feed.path : join(projectFolder, feed.path))
  if (feed.kind === 'redis') return redisFeed(address(feed.url), feed.stream)
  throw new FettleError('STORE_UNAVAILABLE', 'feeds from Postgres tables are not read yet', {
    hint: 'Write the rows by POST /features/write, or through a file or a Redis stream.',
  })
}

function address(variable: string): string {
  const url = process.env[variable]
  if (url) return url
  throw new FettleError('STORE_UNAVAILABLE', `the environment variable ${variable} is not set`)
}
