import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findSpools } from '../../src/cli/spool/read-spool.ts'
import { sendSpool } from '../../src/cli/spool/send-spool.ts'
import { connect } from '../../src/client/index.ts'
import { freePort } from '../support/free-port.ts'
import { ended, runPython, startPython } from '../support/python-client.ts'
import { startTrackingServer, type TrackingServer } from '../support/tracking-server.ts'

let server: TrackingServer
let spool: string
const folders: string[] = []
const nowhere = 'http://127.0.0.1:1'

beforeAll(async () => {
  server = await startTrackingServer()
})
beforeEach(() => {
  spool = mkdtempSync(join(tmpdir(), 'fettle-spool-'))
  folders.push(spool)
})
afterAll(async () => {
  await server.close()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const python = (script: string, environment: Readonly<Record<string, string>> = {}, url = server.url) =>
  runPython(script, { url, spool, environment })
const run = (id: string) => server.tracking.runs.get(id.trim())
const steps = async (id: string, key = 'loss') =>
  (await server.tracking.runs.history({ run: id.trim(), key, limit: 25_000 })).items.map(({ step }) => step)
const upTo = (count: number) => Array.from({ length: count }, (_, step) => step)
const sync = async () => {
  const client = connect({ url: server.url })
  return Promise.all((await findSpools(spool)).map(each => sendSpool(each, { client })))
}

describe('the Python client', () => {
  it('logs all that a run has, and flush means it is there', async () => {
    const { out, err, code } = await python(`
import fettle, os, tempfile
with fettle.init_run(experiment='late', name='boost', params={'depth': 4}, tags={'team': 'ops'}, user='mila') as run:
    for step in range(100):
        run.log_metrics({'loss': 1 / (step + 1), 'rate': float('inf') if step == 3 else 0.1})
    fettle.log_metric('odd', float('nan'), step=7)
    fettle.log_dataset('flights', 'd' * 32, source='s3://x', context='training')
    folder = tempfile.mkdtemp()
    for name in ('a.txt', 'b.txt'):
        open(os.path.join(folder, name), 'w').write('same')
    run.log_artifacts(folder, 'model')
    run.flush()
    print(run.id)
`)
    expect([code, err]).toEqual([0, ''])
    const found = await run(out)
    expect(found).toMatchObject({
      ...{ name: 'boost', user: 'mila', status: 'finished', params: { depth: '4' } },
      tags: {
        team: 'ops',
        'mlflow.user': 'mila',
        'fettle.python.packages': expect.stringMatching(/^sha256:/),
      },
      datasets: [{ name: 'flights', digest: 'd'.repeat(32), tags: { 'mlflow.data.context': 'training' } }],
    })
    expect(await steps(out)).toEqual(upTo(100))
    expect(found.metrics.find(({ key }) => key === 'odd')).toMatchObject({ value: Number.NaN, step: 7 })
    const files = await server.tracking.artifacts.all({ kind: 'run', id: found.id })
    expect(files.map(({ path }) => path)).toEqual(['model/a.txt', 'model/b.txt'])
    expect(readdirSync(spool)).toEqual([])
  })

  it('keeps all on disk without a server, says so, and is sent by fettle sync', async () => {
    const { out, err, code } = await python(
      `
import fettle, time
begun = time.time()
run = fettle.init_run(experiment='late', params={'depth': 4})
for step in range(3000):
    run.log_metric('loss', 1 / (step + 1))
open('${spool}/m.bin', 'wb').write(b'bytes')
run.log_artifact('${spool}/m.bin')
try:
    run.flush(timeout=0.5)
except fettle.FlushError as error:
    print(error.operations, run.id)
run.finish()
assert time.time() - begun < 8, time.time() - begun
`,
      {},
      nowhere,
    )
    expect([code, err]).toEqual([0, expect.stringContaining('does not answer')])
    const [count, id = ''] = out.split(' ')
    expect(count).toBe('3003')
    const [sent] = await sync()
    expect(sent).toMatchObject({ runs: 1, operations: 3004, points: 3000, refused: [], cutBytes: 0 })
    expect(await run(id)).toMatchObject({ status: 'finished' })
    expect(await steps(id)).toEqual(upTo(3000))
    expect(await server.tracking.artifacts.find({ kind: 'run', id: id.trim() }, 'm.bin')).toMatchObject({
      bytes: 5,
    })
    expect(readdirSync(spool)).toEqual(['m.bin'])
  })

  it('drops a cut tail, counts it, and the next start sends what a killed process left', async () => {
    const child = startPython(
      `
import fettle, time
run = fettle.init_run(experiment='late')
for step in range(500):
    run.log_metric('loss', step)
print(run.id)
time.sleep(60)
`,
      { url: nowhere, spool },
    )
    const end = ended(child)
    await new Promise(resolve => child.stdout?.once('data', resolve))
    child.kill('SIGKILL')
    const { out } = await end
    const folder = join(spool, readdirSync(spool)[0] ?? '')
    const [segment = ''] = readdirSync(folder).filter(name => name.endsWith('.ops'))
    truncateSync(join(folder, segment), readFileSync(join(folder, segment)).length - 5)
    const [sent] = await sync()
    expect(sent).toMatchObject({ operations: 500, points: 499, live: false })
    expect(sent?.cutBytes).toBeGreaterThan(20)
    expect(await steps(out)).toEqual(upTo(499))
  })

  it('sends what a process that is gone has left when the next one starts', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const environment = { FETTLE_EXIT_SECONDS: '0' }
    const first = await python(
      "import fettle\nwith fettle.init_run(experiment='late') as run:\n  run.log_metric('loss', 1)\n  print(run.id)",
      environment,
      url,
    )
    const later = await startTrackingServer({ port })
    try {
      const { code } = await python(
        `
import fettle, os, time
run = fettle.init_run(experiment='late')
for _ in range(200):
    if len(os.listdir('${spool}')) == 1: break
    time.sleep(0.1)
run.flush()
`,
        {},
        url,
      )
      expect(code).toBe(0)
      expect(await later.tracking.runs.get(first.out.trim())).toMatchObject({ status: 'finished' })
    } finally {
      await later.close()
    }
  })

  it('resumes a run and forks one at a step', async () => {
    const { out, err, code } = await python(`
import fettle
with fettle.init_run(experiment='late') as run:
    for step in range(10): run.log_metric('loss', step)
with fettle.init_run(resume=run.id) as again:
    for step in range(10, 20): again.log_metric('loss', step, step=step)
with fettle.init_run(experiment='late', fork_from=(run, 4), parent=run) as fork:
    fork.log_metric('loss', 55)
    fork.flush()
print(run.id, fork.id)
`)
    expect([code, err]).toEqual([0, ''])
    const [id = '', fork = ''] = out.trim().split(' ')
    expect(await steps(id)).toEqual(upTo(20))
    expect(await run(fork)).toMatchObject({ forkOf: { run: id, step: 4 }, parent: id })
    expect(await steps(fork)).toEqual(upTo(6))
  })

  it('counts what does not fit into the spool, goes on, and says that the run is incomplete', async () => {
    const { out, err, code } = await python(
      `
import fettle, time
open('${spool}.big', 'wb').write(b'0' * 300_000)
run = fettle.init_run(experiment='late')
run.log_artifact('${spool}.big')
for step in range(5000): run.log_metric('loss', step)
run.log_param('depth', 3)
print(run.refused, run.id)
try: run.flush(timeout=0.1)
except fettle.FlushError as error: print(error)
`,
      { FETTLE_SPOOL_LIMIT: '200000', FETTLE_EXIT_SECONDS: '0' },
      nowhere,
    )
    expect(code).toBe(0)
    expect(err).toContain('full')
    rmSync(`${spool}.big`)
    const [, metrics = '', id = ''] = /'metrics': (\d+)\} (\w+)/.exec(out) ?? []
    await sync()
    expect(await run(id)).toMatchObject({ params: { depth: '3' } })
    expect((await run(id)).tags['fettle.incomplete']).toContain(`${metrics} metrics`)
    expect((await run(id)).tags['fettle.incomplete']).toContain('1 artifacts')
    expect((await steps(id)).length).toBe(5000 - Number(metrics))
  })

  it('names what was refused, keeps it, and two clients do not disturb each other', async () => {
    const script = (value: number, id: string) => `
import fettle
run = fettle.init_run(${id === '' ? "experiment='late'" : `resume='${id}'`})
run.log_param('depth', ${value})
run.log_metric('of${value}', 1)
try: run.flush()
except fettle.FlushError as error: print(error)
print(run.id)
`
    const first = await python(script(1, ''))
    const id = first.out.trim()
    const second = await python(script(2, id))
    expect(second.out).toMatch(/1 operation was refused, the first as PARAM_CHANGED: .*'depth'/)
    expect((await run(id)).params).toEqual({ depth: '1' })
    expect((await run(id)).metrics.map(({ key }) => key)).toEqual(['of1', 'of2'])
    const [kept] = await sync()
    expect(kept?.refused).toMatchObject([{ code: 'PARAM_CHANGED', run: id }])
    const folder = kept?.spool ?? ''
    expect(JSON.parse(readFileSync(join(folder, 'refused.jsonl'), 'utf8').trim())).toMatchObject({
      operation: { params: { depth: '2' } },
    })
  })

  it('says at once what cannot be meant', async () => {
    const { out } = await python(`
import fettle
run = fettle.init_run(experiment='late')
for call in (lambda: run.log_metric('a', 'abc'), lambda: run.log_metric('../x', 1), lambda: run.log_metric('a', 1, step=1.5),
             lambda: run.finish('well'), lambda: fettle.init_run(resume='x'), lambda: run.log_artifact('/nowhere')):
    try: call()
    except Exception as error: print(type(error).__name__)
`)
    expect(out.trim().split('\n')).toEqual([
      ...['TypeError', 'ValueError', 'ValueError', 'ValueError', 'ValueError', 'FileNotFoundError'],
    ])
  })

  it('ends a run as failed when its block or its script raises', async () => {
    const { out } = await python(`
import fettle
try:
    with fettle.init_run(experiment='late') as run:
        print(run.id)
        raise ValueError('no')
except ValueError: pass
other = fettle.init_run(experiment='late')
print(other.id)
raise RuntimeError('end')
`)
    const [inBlock = '', inScript = ''] = out.trim().split('\n')
    expect([(await run(inBlock)).status, (await run(inScript)).status]).toEqual(['failed', 'failed'])
  })

  it('beats from a thread of its own, so that a quiet run is alive, and samples the load', async () => {
    const child = startPython(
      `
import fettle, fettle.sender, time
fettle.sender.BEAT_SECONDS = 0.1
run = fettle.init_run(experiment='late')
run.flush()
print(run.id)
time.sleep(2.5)
`,
      { url: server.url, spool, environment: { FETTLE_SYSTEM_METRICS: '0.5' } },
    )
    const end = ended(child)
    const id = await new Promise<string>(resolve =>
      child.stdout?.once('data', text => resolve(String(text).trim())),
    )
    await new Promise(resolve => setTimeout(resolve, 700))
    // Only a client with a heartbeat is judged by its silence without that being called inferred.
    expect((await run(id)).liveness).toMatchObject({ state: 'alive', inferred: false })
    await end
    const audited = (await run(id)).metrics.map(({ key }) => key)
    expect(audited).toEqual(
      expect.arrayContaining(['system/cpu_percent', 'system/memory_percent', 'system/process_memory_bytes']),
    )
  })

  it('logs from forked children, each with a spool of its own', async () => {
    const { out, err, code } = await python(`
import fettle, os
run = fettle.init_run(experiment='late')
assert not run.refused
run.log_metric('loss', 0, step=0)
children = []
for child in (1, 2):
    pid = os.fork()
    if pid == 0:
        run.log_metric('loss', child, step=child)
        run.flush()
        os._exit(0)
    children.append(pid)
print(run.id, [os.waitpid(pid, 0)[1] for pid in children])
`)
    expect([code, err, out.slice(33).trim()]).toEqual([0, '', '[0, 0]'])
    expect((await steps(out.slice(0, 32))).sort()).toEqual(upTo(3))
    expect((await run(out.slice(0, 32))).status).toBe('finished')
  })

  it('stops for a spool of another server, naming both, and leaves all in it', async () => {
    await python(
      "import fettle\nfettle.init_run(experiment='late').log_metric('loss', 1)",
      { FETTLE_EXIT_SECONDS: '0' },
      nowhere,
    )
    const [name = ''] = readdirSync(spool)
    const path = join(spool, name, 'state.json')
    const other = { id: 'f'.repeat(32), name: 'elsewhere' }
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), server: other }))
    await expect(sync()).rejects.toMatchObject({
      code: 'SYNC_OTHER_SERVER',
      message: expect.stringMatching(/"elsewhere".*"fettle"/),
    })
    expect(readdirSync(join(spool, name)).some(each => each.endsWith('.ops'))).toBe(true)
  })

  it('counts an operation no server would take, and goes on', async () => {
    const { out, err } = await python(`
import fettle
run = fettle.init_run(experiment='late')
run.log_dataset('d', 'x', profile='p' * 5_000_000)
run.log_metric('loss', 1)
print(run.id, run.refused)
`)
    expect([out.slice(33).trim(), err]).toEqual([
      "{'inputs': 1}",
      expect.stringContaining('more than one operation'),
    ])
    expect(await steps(out.slice(0, 32))).toEqual([0])
  })

  it('works where its usual folder cannot be written', async () => {
    writeFileSync(join(spool, 'file'), '')
    const { out, err, code } = await python(
      "import fettle\nwith fettle.init_run(experiment='late') as run: run.log_metric('loss', 1)\nprint(run.id)",
      { FETTLE_SPOOL: join(spool, 'file'), TMPDIR: spool },
    )
    expect([code, err]).toEqual([0, expect.stringContaining('fettle-spool')])
    expect(await steps(out)).toEqual([0])
  })

  it('waits as long as a busy server says, and no longer than once for one that hangs', async () => {
    const times: number[] = []
    const busy = createServer((request, response) => {
      if (request.method === 'GET') return void forward(request, response)
      times.push(performance.now())
      if (times.length > 2) return void forward(request, response)
      const error = { code: 'TRACKING_BUSY', message: 'busy' }
      response.writeHead(429, { 'retry-after': '1' }).end(JSON.stringify({ error }))
    })
    const forward = (request: IncomingMessage, response: ServerResponse) =>
      request.pipe(
        httpRequest(
          server.url + request.url,
          {
            method: request.method ?? 'GET',
            headers: { ...request.headers, host: new URL(server.url).host },
          },
          answer => {
            response.writeHead(answer.statusCode ?? 500, answer.headers)
            answer.pipe(response)
          },
        ),
      )
    const hanging = createServer(() => {})
    const [url, dead] = await Promise.all([busy, hanging].map(listen))
    try {
      const { out, code } = await python(
        "import fettle\nrun = fettle.init_run(experiment='late')\nrun.log_metric('loss', 1)\nrun.flush()\nprint(run.id)",
        {},
        url,
      )
      expect([code, await steps(out)]).toEqual([0, [0]])
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950)
      const begun = performance.now()
      const slow = await python(
        "import fettle\nfor _ in range(20):\n  with fettle.init_run(experiment='late') as run: run.log_metric('loss', 1)",
        { FETTLE_EXIT_SECONDS: '1' },
        dead,
      )
      expect(slow.code).toBe(0)
      expect(performance.now() - begun).toBeLessThan(12_000)
    } finally {
      for (const each of [busy, hanging]) {
        each.closeAllConnections()
        each.close()
      }
    }
  })
})

async function listen(made: Server): Promise<string> {
  made.listen(0, '127.0.0.1')
  await once(made, 'listening')
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`
}
