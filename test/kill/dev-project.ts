import { type ChildProcess, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { projectFiles } from '../../src/cli/template/project-files.ts'
import { connect, type FettleClient } from '../../src/client/index.ts'
import { createAuditService } from '../../src/governance/index.ts'
import { createDecisionReader } from '../../src/serving/index.ts'

const root = resolve(import.meta.dirname, '../..')
const endStates = ['succeeded', 'failed', 'cancelled']

/** A copy of the built program, so that a build during the test does not pull the files from under it. */
export function installFettle(): { readonly bin: string; remove(): void } {
  if (!existsSync(join(root, 'dist', 'role.js'))) throw new Error('build first: npm run build:server')
  const folder = mkdtempSync(join(root, 'node_modules', '.fettle-dev-'))
  for (const part of ['bin', 'dist', 'python', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  return {
    bin: join(folder, 'bin', 'fettle'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

interface ServerFile {
  readonly pid: number
  readonly url: string
  readonly dataUrl: string
  readonly token: string
}

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** One life of `fettle dev`. */
export interface Dev {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Rejects when it ends before. */
  readonly ready: Promise<void>
}

export type Project = ReturnType<typeof makeProject>

/** The project that `fettle init` makes: a CSV of about 1 700 rows, one logistic candidate, nothing that needs Python. */
export function makeProject(bin: string, folder = mkdtempSync(join(tmpdir(), 'fettle-dev-'))) {
  for (const [path, text] of Object.entries(projectFiles('parcels'))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const mark = `FETTLE_TEST_TREE=${folder}`
  const environment = { ...process.env, FETTLE_TEST_TREE: folder }
  const below = (...path: string[]): string => join(folder, '.fettle', ...path)

  function start(...options: string[]): Dev {
    const argv = ['dev', '--folder', folder, '--port', '0', '--data-port', '0', ...options]
    const child = spawn(bin, argv, { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
    let output = ''
    let tellReady: () => void = () => {}
    const said = new Promise<void>(resolveReady => {
      tellReady = resolveReady
    })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (output.includes('Ctrl-C')) tellReady()
      })
    const ended = new Promise<Ended>(resolveEnd => {
      child.once('exit', code => resolveEnd({ code, output }))
    })
    const early = ended.then(({ code }) => {
      throw new Error(`fettle dev ended with code ${code}: ${output}`)
    })
    const ready = Promise.race([said, early])
    ready.catch(() => {})
    early.catch(() => {})
    return { child, ended, ready }
  }

  const serverFile = (): ServerFile => JSON.parse(readFileSync(below('server.json'), 'utf8')) as ServerFile
  const client = (): FettleClient => {
    const { url, dataUrl, token } = serverFile()
    return connect({ url, dataUrl, token, deadlineMs: 5_000 })
  }

  return {
    folder,
    below,
    client,
    serverFile,
    environment,
    start,
    async started(): Promise<Dev> {
      const dev = start()
      await dev.ready
      return dev
    },
    /** Runs another command of the same program on the project. */
    command(...argv: string[]): Promise<Ended> {
      const child = spawn(bin, [...argv, '--folder', folder], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: environment,
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text
        })
      return new Promise(resolveEnd => child.once('exit', code => resolveEnd({ code, output })))
    },
    /** Starts a run of a pipeline; its id. */
    async run(pipeline: string): Promise<string> {
      return (await client().api.startRun({ body: { pipeline, reuse: 'never' } })).id
    },
    async runEnded(id: string, limitMs = 30_000) {
      for (const limit = performance.now() + limitMs; ; await sleep(50)) {
        const run = await client().api.run({ id })
        if (endStates.includes(run.state)) return run
        if (performance.now() > limit)
          throw new Error(`still ${run.state}: ${run.steps.map(step => `${step.id} ${step.state}`)}`)
      }
    },
    predict: () => predictOn(serverFile().dataUrl),
    /** Every prediction in the log. */
    async logged(): Promise<ReadonlySet<string>> {
      const reader = createDecisionReader(below('serving', 'log'))
      const found = new Set<string>()
      for (let cursor: string | undefined; ; ) {
        const page = await reader.latest('slow', { limit: 500, ...(cursor === undefined ? {} : { cursor }) })
        for (const each of page.items) found.add(each.predictionId)
        cursor = page.next
        if (cursor === undefined) return found
      }
    },
    /** The fault of the audit chain; null for a whole one. Only while nothing runs. */
    async auditFault(): Promise<unknown> {
      const database = await openMetadata({ kind: 'sqlite', path: below('meta.sqlite') })
      try {
        return (await createAuditService({ uow: database }).verify()).fault
      } finally {
        await database.close()
      }
    },
    /** Processes of this project that live, with their command lines. */
    processes: () => findProcesses(mark),
    remove: () => {
      for (const { pid } of findProcesses(mark)) process.kill(pid, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** One prediction; its id once it is acknowledged. */
async function predictOn(dataUrl: string): Promise<string> {
  const response = await fetch(`${dataUrl}/predict/slow`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rows: [{ depot: 'porto', weight_kg: 2.5 }] }),
    signal: AbortSignal.timeout(5_000),
  })
  const body = (await response.json()) as { predictions?: { prediction_id: string }[] }
  const id = body.predictions?.[0]?.prediction_id
  if (response.status !== 200 || id === undefined) throw new Error(JSON.stringify(body))
  return id
}

export interface Found {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** Living processes that carry a mark in their environment. */
function findProcesses(mark: string): readonly Found[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && name !== String(process.pid))
  return pids.flatMap(name => {
    try {
      const read = (file: string): string => readFileSync(`/proc/${name}/${file}`, 'latin1')
      if (!read('environ').split('\0').includes(mark)) return []
      const stat = read('stat')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z' || state === 'X') return []
      return [{ pid: Number(name), parent: Number(parent), command: read('cmdline').split('\0').join(' ') }]
    } catch {
      return []
    }
  })
}
