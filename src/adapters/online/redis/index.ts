export { probeRedis } from './probe.ts'
export { openRedisStore, type RedisOptions } from './store.ts'
