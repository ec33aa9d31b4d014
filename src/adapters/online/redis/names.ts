/** The keys of one project in a Redis database that others may use too. */
export interface Names {
  /** Where the value of a store key stands. */
  data(key: Uint8Array): Buffer
  /** The store key behind a name that `data` gave. */
  keyOf(name: Buffer): Buffer
  /** Matches every name of a store key with the prefix, as SCAN understands it. */
  pattern(prefix: Uint8Array): Buffer
  readonly epoch: Buffer
  lock(name: string): Buffer
  /** Where a writer notes its last transaction. */
  mark(writer: string): Buffer
}

export function namesOf(project: string): Names {
  const below = (what: string): Buffer => Buffer.from(`fettle:${project}:${what}`, 'utf8')
  const data = below('d:')
  return {
    data: key => Buffer.concat([data, key]),
    keyOf: name => name.subarray(data.length),
    pattern: prefix => Buffer.concat([escapeGlob(Buffer.concat([data, prefix])), Buffer.from('*')]),
    epoch: below('epoch'),
    lock: name => below(`lock:${name}`),
    mark: writer => below(`writer:${writer}`),
  }
}

const special = new Set(Buffer.from('*?[]^-\\'))
const backslash = 0x5c

function escapeGlob(bytes: Buffer): Buffer {
  return Buffer.from([...bytes].flatMap(byte => (special.has(byte) ? [backslash, byte] : [byte])))
}
