import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Executor, JobEnd, JobHandle, JobSpec, JobStatus } from '../../../pipelines/ports.ts'
import { findMembers, groupLives, memoryKills, processFacts, tellsProcesses } from './proc.ts'

/** Environment variable that marks every process of a job. */
const markName = 'FETTLE_ATTEMPT'
const pollMs = 20
const drainMs = 500
/** SIGKILL needs no longer, unless a process hangs in the kernel. */
const killWaitMs = 5_000
const notStarted = 127

export interface ProcessExecutorOptions {
  /** Whether /proc is read to find processes; by default where there is one. */
  readonly procfs?: boolean
}

interface Job {
  readonly handle: JobHandle
  readonly ended: Promise<JobEnd>
  end: JobEnd | null
}

/**
 * Jobs as local processes, each the leader of a group of its own. Descriptor 3 carries messages to us; descriptor 4
 * closes when we are gone. No process of a job is left once `wait` or `cancel` resolves, those that left the group
 * (setsid) included, on systems with /proc.
 *
 * Without /proc (macOS) the group is signalled by its id: processes that left it live on, and a job of an earlier
 * executor, whose id may be a stranger's by now, is left to end by its descriptor 4.
 */
export function createProcessExecutor({ procfs = tellsProcesses }: ProcessExecutorOptions = {}): Executor {
  const jobs = new Map<string, Job>()
  const membersOf = procfs ? markedMembers : (handle: JobHandle) => groupMembers(handle, jobs)
  const cancel = (handle: JobHandle, graceMs: number) => endMembers(() => membersOf(handle), graceMs)
  return {
    submit: async spec => {
      const job = jobs.get(spec.key) ?? startJob(spec, cancel)
      jobs.set(spec.key, job)
      return job.handle
    },
    status: handle => statusOf(jobs.get(handle.key)),
    wait: async handle => {
      const job = jobs.get(handle.key)
      if (job === undefined)
        throw new FettleError('WORKER_LOST', `Job ${handle.key} is not known to this process`)
      const end = await job.ended
      jobs.delete(handle.key)
      return end
    },
    cancel,
    identify: (pid, key) => ({ key, pid, started: processFacts(pid)?.started ?? '' }),
    isAlive: handle => isSameProcess(handle),
  }
}

function statusOf(job: Job | undefined): JobStatus {
  if (job === undefined) return { state: 'lost' }
  return job.end === null ? { state: 'running' } : { state: 'ended', ...job.end }
}

function startJob(spec: JobSpec, cancel: Executor['cancel']): Job {
  const kills = memoryKills()
  const child = spawnJob(spec)
  const pid = child.pid ?? 0
  const handle: JobHandle = { key: spec.key, pid, started: processFacts(pid)?.started ?? '' }
  const messages = child.stdio[3] as Readable | null
  const drained = messages === null ? Promise.resolve() : readMessages(messages, spec.onMessage)
  child.stdio[4]?.on('error', () => {})
  const ended = jobEnd(child).then(async end => {
    await cancel(handle, 0)
    await Promise.race([drained, sleep(drainMs, undefined, { ref: false })])
    messages?.destroy()
    child.stdio[4]?.destroy()
    job.end = { ...end, outOfMemory: end.signal === 'SIGKILL' && memoryKills() > kills }
    return job.end
  })
  const job: Job = { handle, ended, end: null }
  return job
}

function spawnJob(spec: JobSpec): ChildProcess {
  const [program = '', ...args] = spec.argv
  const stdout = openSync(spec.stdout, 'a')
  const stderr = openSync(spec.stderr, 'a')
  try {
    const env = { ...spec.env, [markName]: spec.key }
    return spawn(program, args, {
      cwd: spec.cwd,
      env,
      detached: true,
      stdio: ['ignore', stdout, stderr, 'pipe', 'pipe'],
    })
  } finally {
    closeSync(stdout)
    closeSync(stderr)
  }
}

function jobEnd(child: ChildProcess): Promise<Omit<JobEnd, 'outOfMemory'>> {
  return new Promise(resolve => {
    child.once('error', () => resolve({ exitCode: notStarted, signal: null }))
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
  })
}

function readMessages(stream: Readable, onMessage: (line: string) => void): Promise<void> {
  stream.on('error', () => {})
  const lines = createInterface({ input: stream })
  lines.on('line', onMessage)
  return new Promise(resolve => lines.once('close', resolve))
}

/** SIGTERM to every member, SIGKILL after the grace, until none is left. */
async function endMembers(find: () => readonly number[], graceMs: number): Promise<void> {
  const start = performance.now()
  let terminated = false
  for (let members = find(); members.length > 0; members = find()) {
    const waited = performance.now() - start
    if (waited >= graceMs) signalAll(members, 'SIGKILL')
    else if (!terminated) signalAll(members, 'SIGTERM')
    terminated = true
    if (waited > graceMs + killWaitMs) return
    await sleep(pollMs)
  }
}

/** The group as one target (a negative id), of a job that this process started. */
function groupMembers({ key, pid }: JobHandle, jobs: ReadonlyMap<string, Job>): readonly number[] {
  const ours = jobs.get(key)?.handle.pid === pid && pid > 0
  return ours && groupLives(pid) ? [-pid] : []
}

function markedMembers(handle: JobHandle): readonly number[] {
  const mark = `${markName}=${handle.key}`
  // A leader with another start time is a stranger who got the pid: the old group is gone then.
  const leader = handle.pid > 0 ? processFacts(handle.pid) : undefined
  const ours = handle.pid > 0 && (leader === undefined || leader.started === handle.started)
  return findMembers({ group: ours ? handle.pid : null, mark })
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended meanwhile.
    }
  }
}

function isSameProcess(handle: JobHandle): boolean {
  const facts = processFacts(handle.pid)
  return facts !== undefined && facts.started === handle.started
}
