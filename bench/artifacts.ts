import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFilesystemObjects } from '../src/adapters/objects/filesystem/index.ts'
import { openS3Objects, parseS3Location } from '../src/adapters/objects/s3/index.ts'
import type { ObjectStore } from '../src/pipelines/index.ts'
import { startS3 } from '../test/services/s3.ts'
import { makeBucket } from '../test/support/s3-bucket.ts'
import { machine } from './offline/measure.ts'

/**
 * Large artifacts in and out of the object store as a stream (tracking.md §19): up, down, the same bytes again, the same
 * bytes by their hash alone, with the memory of a process that does nothing else.
 *
 *     node scripts/run.mjs bench/artifacts.ts [MiB, default 1024] [s3]
 *
 * With `s3` also through a Swift server on this machine, which shares its processors and disk.
 */
const [mode = '1024', ...rest] = process.argv.slice(2)
const mebibyte = 2 ** 20

interface Measured {
  readonly up: number
  /** Processor time of the upload, in seconds: on a busy machine it says more than the clock. */
  readonly upCpu: number
  readonly down: number
  readonly again: number
  readonly known: number
  /** Of the process before the first upload and at its highest, in bytes. */
  readonly rss: { readonly before: number; readonly peak: number }
}

/** Bytes that do not repeat, at the cost of a copy. */
async function* generated(mebibytes: number): AsyncIterable<Uint8Array> {
  const random = new Uint8Array(mebibyte).map((_, index) => (index * 2_654_435_761) >>> 13)
  for (let i = 0; i < mebibytes; i++) {
    const piece = new Uint8Array(random)
    new DataView(piece.buffer).setUint32(0, i)
    yield piece
  }
}

async function measure(store: ObjectStore, mebibytes: number): Promise<Measured> {
  const bytes = mebibytes * mebibyte
  const before = process.memoryUsage.rss()
  const seconds = async (work: () => Promise<unknown>): Promise<number> => {
    const from = performance.now()
    await work()
    return (performance.now() - from) / 1_000
  }
  let hash = ''
  const cpu = process.cpuUsage()
  const up = await seconds(async () => {
    hash = (await store.putStream(generated(mebibytes), { bytes })).hash
  })
  const { user, system } = process.cpuUsage(cpu)
  let received = 0
  const down = await seconds(async () => {
    for await (const piece of store.read(hash)) received += piece.byteLength
  })
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came back`)
  const again = await seconds(() => store.putStream(generated(mebibytes), { bytes, hash }))
  const known = await seconds(() => store.has(hash))
  return {
    up,
    upCpu: (user + system) / 1e6,
    down,
    again,
    known,
    rss: { before, peak: process.resourceUsage().maxRSS * 1024 },
  }
}

/** In a process of its own, so that its memory is that of the work alone. */
function inChild(...words: readonly string[]): Promise<Measured> {
  const child = spawn(process.execPath, ['scripts/run.mjs', 'bench/artifacts.ts', 'child', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    text += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('close', code =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`the child ended with code ${code}`)),
    )
  })
}

function report(name: string, mebibytes: number, { up, upCpu, down, again, known, rss }: Measured): void {
  const rate = (seconds: number) => `${(mebibytes / seconds).toFixed(0)} MiB/s`
  const mib = (bytes: number) => `${(bytes / mebibyte).toFixed(0)} MiB`
  console.log(
    `${name}: up ${up.toFixed(2)} s (${rate(up)}; processor ${upCpu.toFixed(2)} s), down ${down.toFixed(2)} s (${rate(down)}),`,
  )
  console.log(
    `  the same bytes again ${again.toFixed(2)} s (${rate(again)}), by their hash ${(known * 1_000).toFixed(1)} ms`,
  )
  console.log(`  resident memory ${mib(rss.before)} before, ${mib(rss.peak)} at most`)
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-artifacts-'))
  const mebibytes = Number(mode)
  try {
    console.log(`${mebibytes} MiB, ${machine()}`)
    report('file system', mebibytes, await inChild(folder, mode))
    if (!rest.includes('s3')) return
    const server = await startS3()
    try {
      const { url } = await makeBucket(server, 'bench')
      report('S3 (Swift on this machine)', mebibytes, await inChild(folder, mode, url))
    } finally {
      await server.remove()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (mode === 'child') {
  const [folder = '', mebibytes = '', url] = rest
  const store =
    url === undefined
      ? await openFilesystemObjects(join(folder, 'store'))
      : await openS3Objects({ location: parseS3Location(url, {}), folder: join(folder, 'cache') })
  console.log(JSON.stringify(await measure(store, Number(mebibytes))))
  process.exit(0)
}
await main()
