import { materialize } from '../../../src/features/online/materialize.ts'
import { memoryScan } from '../../../src/features/online/memory-scan.ts'
import type { OnlineStore } from '../../../src/features/online/ports.ts'
import type { Value } from '../../../src/kernel/values/index.ts'
import { sampleClosure, sampleRows } from './sample.ts'

/** What the other process of the conformance suite does; started with `work` and its argument as JSON. */
export async function runChild(
  store: OnlineStore,
  work: string,
  argument: { readonly [name: string]: number },
): Promise<void> {
  const counter = Buffer.from('\u0009counter')
  if (work === 'count') {
    for (let i = 0; i < (argument['times'] ?? 0); i++) {
      await store.update([
        {
          key: counter,
          next: current => Buffer.from(String(Number(current ? Buffer.from(current).toString() : 0) + 1)),
        },
      ])
    }
  } else if (work === 'follow') {
    process.stdin.on('data', async () => {
      const [value] = await store.readMany([counter])
      process.stdout.write(`${value ? Buffer.from(value).toString() : 'nothing'}\n`)
    })
    await new Promise(resolve => process.stdin.on('end', resolve))
  } else if (work === 'materialize') {
    const scan = memoryScan(sampleRows(argument['keys'] ?? 0))
    const slow = {
      scanView: async (request: Parameters<typeof scan.scanView>[0]) => slowly(await scan.scanView(request)),
    }
    process.stdout.write('started\n')
    await materialize(slow, store, sampleClosure, {
      now: BigInt(argument['now'] ?? 0),
      sourceVersions: { sample: 'files:1' },
      projectFolder: '.',
      signal: new AbortController().signal,
      onProgress: ({ done }) => process.stdout.write(`${done}\n`),
    })
    process.stdout.write('done\n')
  }
  await store.close()
}

async function slowly<Scan extends { readonly chunks: AsyncIterable<readonly (readonly Value[])[]> }>(
  scan: Scan,
): Promise<Scan> {
  async function* chunks() {
    for await (const chunk of scan.chunks) {
      await new Promise(resolve => setTimeout(resolve, 15))
      yield chunk
    }
  }
  return { ...scan, chunks: chunks() }
}
