import { join } from 'node:path'

export interface SwiftPlace {
  readonly folder: string
  readonly ports: Readonly<Record<'account' | 'container' | 'object' | 'proxy', number>>
  /** Who runs it: Swift gives away its rights to this user. */
  readonly user: string
}

/** The files of a Swift on one node: name to content. */
export function swiftConfigurations({ folder, ports, user }: SwiftPlace): Readonly<Record<string, string>> {
  const common = (port: number) =>
    ini('DEFAULT', {
      bind_ip: '127.0.0.1',
      bind_port: port,
      swift_dir: folder,
      devices: join(folder, 'nodes'),
      user,
      workers: 0,
      mount_check: false,
      fallocate_reserve: 0,
      log_level: 'WARNING',
    })
  const node = (name: 'account' | 'container' | 'object') =>
    [
      common(ports[name]),
      ini('pipeline:main', { pipeline: `${name}-server` }),
      ini(`app:${name}-server`, { use: `egg:swift#${name}` }),
    ].join('\n')
  return {
    'swift.conf': [
      ini('swift-hash', { swift_hash_path_suffix: 'fettle', swift_hash_path_prefix: 'fettle' }),
      ini('storage-policy:0', { name: 'one', default: 'yes' }),
    ].join('\n'),
    'account.conf': node('account'),
    'container.conf': node('container'),
    'object.conf': node('object'),
    'proxy.conf': [common(ports.proxy), ...proxyPipeline].join('\n'),
  }
}

const filters = ['catch_errors', 'cache', 'bulk', 's3api', 'tempauth', 'copy', 'slo', 'dlo']

const settings: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
  // The authentication of Swift wants a cache in its pipeline; nothing listens there, and nothing is remembered.
  cache: { use: 'egg:swift#memcache', memcache_servers: '127.0.0.1:1' },
  s3api: { location: 'us-east-1', allow_multipart_uploads: true },
  tempauth: { user_test_fettle: 'secret .admin' },
}

const proxyPipeline = [
  ini('pipeline:main', { pipeline: [...filters, 'proxy-server'].join(' ') }),
  ini('app:proxy-server', {
    use: 'egg:swift#proxy',
    account_autocreate: true,
    allow_account_management: true,
  }),
  ...filters.map(name => ini(`filter:${name}`, { use: `egg:swift#${name}`, ...settings[name] })),
]

function ini(section: string, values: Readonly<Record<string, string | number | boolean>>): string {
  const lines = Object.entries(values)
  return [`[${section}]`, ...lines.map(([key, value]) => `${key} = ${value}`), ''].join('\n')
}

/** Python: one ring of one replica on one device for each kind of node. Arguments: folder, the three ports. */
export const ringProgram = `
import sys
from swift.common.ring import RingBuilder
folder, *ports = sys.argv[1:]
for name, port in zip(('account', 'container', 'object'), ports):
    builder = RingBuilder(4, 1, 0)
    builder.add_dev(dict(region=1, zone=1, ip='127.0.0.1', port=int(port), device='d1', weight=1.0,
                         replication_ip='127.0.0.1', replication_port=int(port)))
    builder.rebalance()
    builder.get_ring().save(f'{folder}/{name}.ring.gz')
`
