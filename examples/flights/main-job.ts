// The main job of the README: from a table of three million flights to served, logged and explained predictions.
// Every step is a command that can be typed by hand; each is printed before it runs, with the time it took.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { connect, type FettleClient } from 'fettle/client'
import { type Decision, type Flight, flightsOf, showBurst } from './burst.ts'
import { live } from './definitions/late.ts'
import { followRollout, formerly, hasEnded, offers } from './follow-rollout.ts'
import { startTraffic } from './traffic.ts'

const root = findRoot(process.cwd())
const project = option('--folder') ?? join(root, 'examples', 'flights')
const fettle = join(root, 'bin', 'fettle')
const stayAfterwards = !process.argv.includes('--exit')
const steps = [
  ['One route in ten is answered by it', 'start_canary'],
  ['Half of them', 'step_up'],
  ['All of them, with the former champion warm beside it', 'start_probation'],
] as const

const spent: { what: string; seconds: number }[] = []

interface ServerFile {
  readonly url: string
  readonly dataUrl: string
  readonly adminUrl: string
  readonly token: string
}

const started = Date.now()
const server = await ensureServer()
try {
  await command('See what applying the definitions would change', ['plan'])
  await command('Apply them', ['apply', '--yes'])
  await command('Build the training set, train, evaluate, register', ['run', 'late'])
  await command('Fill the online store', ['run', 'late-online'])
  if (!(await serves(server.file)))
    await command('Put the better model behind an endpoint', ['deploy', 'late'])
  await replay(server.file)
  await command('Compute what was served again from the table, and compare', ['skew', 'late'])
  await command('Train a challenger that is better on average, and worse at one airport', [
    ...['run', 'late', '--param', 'candidates=too_clean'],
  ])
  await command(
    'Try to release it: the contracts refuse, and say why',
    ['deploy', 'late', '--model-version', '2'],
    3,
  )
  await command('Train one with a wish of one desk built in', [
    ...['run', 'late', '--param', 'candidates=eager'],
  ])
  await command('Train one that breaks nothing', ['run', 'late', '--param', 'candidates=deeper'])
  await rollOut(server.file)
  await command('See what the model is, and that its files are what was signed', [
    'models',
    'verify',
    'late@1',
  ])
  await command('See whether it could be built again, and from what', ['reproduce', 'late@1', '--explain'])
} catch (error) {
  console.error(`\nThe main job stopped: ${(error as Error).message}`)
  await server.stop()
  process.exit(1)
}
summarise(server.file)
if (stayAfterwards && server.mine) await untilInterrupted()
await server.stop()

/** Value of a command-line option; the job takes --exit, --folder PROJECT and --port N. */
function option(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'examples', 'flights', 'fettle.json'))) return folder
    if (dirname(folder) === folder) throw new Error('run this inside the repository')
  }
}

/** Uses the server that runs on the example's folder, or starts one. */
async function ensureServer(): Promise<{ file: ServerFile; mine: boolean; stop(): Promise<void> }> {
  const running = await reachable()
  if (running) {
    console.log(`Fettle runs already at ${running.url}`)
    return { file: running, mine: false, stop: async () => undefined }
  }
  heading('Start Fettle: one process tree, one folder, no services', ['dev'])
  const begun = Date.now()
  const port = option('--port')
  const ports =
    port === undefined ? [] : ['--port', port, '--data-port', port === '0' ? '0' : String(Number(port) + 1)]
  const child = spawn(fettle, ['dev', '--folder', project, ...ports], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const file = await Promise.race([readyFile(child), ended(child)])
  took('start', begun)
  return { file, mine: true, stop: () => stop(child) }
}

async function reachable(): Promise<ServerFile | undefined> {
  const path = join(project, '.fettle', 'server.json')
  if (!existsSync(path)) return undefined
  const file = JSON.parse(readFileSync(path, 'utf8')) as ServerFile
  const healthy = await connect({ url: file.url, token: file.token })
    .api.health()
    .then(
      () => true,
      () => false,
    )
  return healthy ? file : undefined
}

function readyFile(child: ChildProcess): Promise<ServerFile> {
  return new Promise(resolve => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      process.stdout.write(text)
      if (text.includes('Ctrl-C'))
        resolve(JSON.parse(readFileSync(join(project, '.fettle', 'server.json'), 'utf8')) as ServerFile)
    })
  })
}

function ended(child: ChildProcess): Promise<never> {
  return new Promise((_resolve, reject) =>
    child.once('exit', code => reject(new Error(`fettle dev ended with code ${code}`))),
  )
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
}

function heading(what: string, argv: readonly string[]): void {
  console.log(`\n── ${what}\n   $ fettle ${argv.join(' ')}\n`)
}

/** Runs a command that must end with this exit code: 3 is a refusal. */
async function command(what: string, argv: readonly string[], expected = 0): Promise<void> {
  heading(what, argv)
  const begun = Date.now()
  const child = spawn(fettle, [...argv, '--folder', project], { stdio: 'inherit' })
  const code = await new Promise<number | null>(resolve => child.once('exit', resolve))
  if (code !== expected) throw new Error(`fettle ${argv.join(' ')} ended with code ${code}`)
  took(`fettle ${argv[0]}${argv[1] && !argv[1].startsWith('-') ? ` ${argv[1]}` : ''}`, begun)
}

function took(what: string, begun: number): void {
  const seconds = (Date.now() - begun) / 1000
  spent.push({ what, seconds })
  console.log(`   ${seconds.toFixed(1)} s`)
}

/** Sends the flights that left after the replay instant, minute by minute, to the endpoint by entity key. */
async function replay(file: ServerFile): Promise<void> {
  console.log(
    '\n── Send the flights of the next hour to the endpoint as they leave\n   (the clock is set to each departure; the service looks the features up)\n',
  )
  const begun = Date.now()
  const client = connect({ url: file.url, dataUrl: file.dataUrl, token: file.token })
  const endpoint = client.deployment(live)
  const answered: { flight: Flight; score: number; action: string | undefined; id: string }[] = []
  for (const { departedAt, flights } of await flightsOf(root, project, { from: 0, to: 1 })) {
    await setClock(file.adminUrl, departedAt)
    const replies = await Promise.all(flights.map(flight => endpoint.predict(flight.request)))
    replies.forEach((reply, index) => {
      const flight = flights[index]
      if (flight) answered.push({ flight, score: reply.score, action: reply.action, id: reply.prediction_id })
    })
  }
  const strongest = [...answered].sort((a, b) => b.score - a.score)[0]
  const decision = strongest ? await explained(client, strongest.id) : undefined
  console.log(showBurst(answered, decision))
  took(`${answered.length} predictions`, begun)
}

/** A second run goes on with what serves: what is newer than it takes its turn below. */
async function serves({ url, token }: ServerFile): Promise<boolean> {
  return (await connect({ url, token }).api.deployment({ name: 'late' })).release !== null
}

async function explained(client: FettleClient, id: string): Promise<Decision> {
  return client.api.decision({ id })
}

async function setClock(adminUrl: string, now: string): Promise<void> {
  const reply = await fetch(`${adminUrl}/admin/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ now }),
  })
  if (!reply.ok) throw new Error(`the replay clock refused: ${await reply.text()}`)
}

/** Releases are rolled out beside what serves while an evening of traffic goes on: one is taken back, the next one stays. */
async function rollOut(file: ServerFile): Promise<void> {
  const client = connect({ url: file.url, dataUrl: file.dataUrl, token: file.token })
  const { firstConfirmed, takenBack } = await formerly(client)
  if (!firstConfirmed) {
    await during(client, file, aWhile)
    await followRollout(client, offers('confirm'))
    await command('The first release has kept its word: it is the champion', promote('labels agree'))
  }
  if (!takenBack) {
    await command('Roll out what the desk asked for: it passes all that can be judged before it serves', [
      ...['deploy', 'late', '--model-version', '3', '--reason', 'Atlanta wants to be warned more'],
    ])
    await during(client, file, () => followRollout(client, hasEnded))
    await command('It was taken back before it answered anybody; see why', ['rollout', 'show', 'late'])
    await command('Somebody understood it', [
      ...['rollout', 'incident', 'close', 'late', '--reason', 'Atlanta would have drowned in warnings'],
    ])
  }
  await command('Roll out the one that breaks nothing', [
    ...['deploy', 'late', '--model-version', '4', '--reason', 'better everywhere'],
  ])
  await during(client, file, async () => {
    for (const [what, event] of steps) {
      if (!(await followRollout(client, offers(event)))) break
      await command(what, promote(`every guard of ${event} holds`))
    }
    await aWhile()
  })
  if (await followRollout(client, offers('confirm')))
    await command('Its labels are in: it is the champion', promote('labels agree'))
  await command('See where the traffic goes, and what the outcomes say', ['rollout', 'show', 'late'])
  await command('See what became of its predictions', ['performance', 'late'])
}

function aWhile(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 12_000))
}

/** Does something while every flight of an evening and a night is answered as it leaves, and an hour later its outcome is told. */
async function during(client: FettleClient, file: ServerFile, work: () => Promise<unknown>): Promise<void> {
  console.log('\n── Flights leave and are answered; an hour later the desks say which were late\n')
  const traffic = startTraffic({
    ...{ root, project, client, hours: { from: 1, to: 23 } },
    setClock: now => setClock(file.adminUrl, now),
  })
  const begun = Date.now()
  try {
    await work()
  } finally {
    const { flights, outcomes } = await traffic.stop()
    took(`${flights} flights, ${outcomes} outcomes`, begun)
  }
}

function promote(reason: string): readonly string[] {
  return ['rollout', 'promote', 'late', '--reason', reason]
}

function summarise(file: ServerFile): void {
  const total = (Date.now() - started) / 1000
  const width = Math.max(...spent.map(({ what }) => what.length))
  console.log('\n── Where the time went\n')
  for (const { what, seconds } of spent)
    console.log(
      `   ${what.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s  ${'▇'.repeat(Math.round((30 * seconds) / total))}`,
    )
  console.log(`   ${'together'.padEnd(width)}  ${total.toFixed(1).padStart(6)} s`)
  console.log(`\n   Web pages    ${file.url}\n   Predictions  POST ${file.dataUrl}/predict/late`)
}

function untilInterrupted(): Promise<void> {
  console.log('\n   Everything stays up until Ctrl-C.')
  return new Promise(resolve => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
