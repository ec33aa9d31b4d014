import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Action, ActionContext } from '../../src/pipelines/index.ts'

/** One line per body begun, to see what ran how often. */
function trace(context: ActionContext): void {
  appendFileSync(
    join(context.projectFolder, 'bodies.txt'),
    `${context.run} ${context.step} ${context.attempt} ${process.pid}\n`,
  )
}

const params = (context: ActionContext): Record<string, unknown> =>
  (context.params ?? {}) as Record<string, unknown>

/** Writes the step's raw output.json and ends the process at once, as a broken program would. */
function endWith(context: ActionContext, content: string): never {
  writeFileSync(join(context.outputFolder, '..', 'output.json'), content)
  process.exit(0)
}

const json = (value: number) => ({ value: { kind: 'json', value } }) as const

/** Step bodies of the crash tests, good and bad. */
export const testActions: Readonly<Record<string, Action>> = {
  noop: async () => ({}),
  count: async context => {
    trace(context)
    const { before } = context.inputs
    const total = Number(params(context)['ms'] ?? 0)
    for (let done = 0; done < total && !context.signal.aborted; done += 20) {
      context.progress({ done, total, unit: 'ms', message: 'waiting' })
      await sleep(20)
    }
    context.log(`counted \u001b[31mred\u001b[0m`)
    return json(before?.kind === 'json' ? Number(before.value) + 1 : 1)
  },
  folder: async context => {
    mkdirSync(join(context.outputFolder, 'model', 'deep'), { recursive: true })
    writeFileSync(join(context.outputFolder, 'model', 'a.txt'), 'alpha')
    writeFileSync(join(context.outputFolder, 'model', 'deep', 'b.txt'), 'beta')
    writeFileSync(join(context.outputFolder, 'one.txt'), 'one')
    return {
      model: { kind: 'directory', path: join(context.outputFolder, 'model') },
      one: { kind: 'file', path: 'one.txt' },
    }
  },
  stubborn: async context => {
    trace(context)
    process.on('SIGTERM', () => {})
    for (;;) await sleep(1000)
  },
  blocking: async context => {
    trace(context)
    for (;;) Math.sqrt(2)
  },
  daemon: async context => {
    trace(context)
    const child = spawn('setsid', ['sleep', '1000'], { detached: true, stdio: 'ignore' })
    writeFileSync(join(context.projectFolder, 'daemon.pid'), String(child.pid))
    if (params(context)['leave'] === true) return json(1)
    for (;;) await sleep(1000)
  },
  throws: async () => {
    throw new TypeError('a fault')
  },
  exits: async context => process.exit(Number(params(context)['code'])),
  dies: async context => {
    process.kill(process.pid, String(params(context)['signal']))
    await sleep(10_000)
    return json(1)
  },
  'no-output': async context => {
    trace(context)
    process.exit(0)
  },
  'bad-json': async context => endWith(context, '{"outputs": {'),
  lies: async context =>
    endWith(context, '{"outputs":{"value":{"kind":"json","value":1,"hash":"sha256:lie"}}}'),
  'wrong-kind': async () => ({ value: { kind: 'directory', path: '.' } }),
  nan: async () => json(Number.NaN),
  extra: async () => ({ ...json(1), more: { kind: 'json', value: 1 } }),
  escapes: async () => ({ value: { kind: 'file', path: '../record.json' } }),
  link: async context => {
    symlinkSync('/etc/hostname', join(context.outputFolder, 'value'))
    return { value: { kind: 'file', path: 'value' } }
  },
  loud: async context => {
    process.stdout.write('x'.repeat(200_000))
    process.stdout.write(Buffer.from([0xff, 0xfe, 10]))
    process.stderr.write('warned\r\n')
    context.log('end')
    return json(1)
  },
}
