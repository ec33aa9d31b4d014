import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { openWebhooks } from '../../src/platform/webhooks.ts'
import { buildProgram } from '../support/child-program.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-kill-webhooks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const killed = async (child: ChildProcess): Promise<void> => {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

it('an event outlives its server: delivered at least once, always under the same id', async () => {
  process.env['FETTLE_WEBHOOK_ALLOW'] = '127.0.0.1'
  const receiver = await startReceiver()
  const program = await buildProgram(fileURLToPath(new URL('webhooks-program.ts', import.meta.url)))
  const database = await openMetadata({ kind: 'sqlite', path: join(folder, 'metadata.db') })
  await database.migrate()
  const parts = { root: folder, database, clock: systemClock, onFault: () => undefined }
  await openWebhooks(parts).webhooks.create(
    {
      ...{ name: 'ci', url: receiver.url, secret: 'hush' },
      events: [{ entity: 'registered_model', action: 'created' }],
    },
    { name: 'mila' },
  )
  const ids = () => receiver.received.map(({ headers }) => headers['x-mlflow-delivery-id'])

  // Killed between commit and delivery.
  await once(program.start('change', folder, 'one'), 'exit')
  expect(receiver.received).toHaveLength(0)

  // Killed when it had arrived, before that was noted, several times.
  for (let times = 1; times <= 3; times++) {
    let child: ChildProcess | undefined
    receiver.onRequest = async () => {
      if (child) await killed(child)
    }
    child = program.start('deliver', folder)
    await receiver.waitFor(times)
    await once(child, 'exit')
  }
  expect(new Set(ids()).size).toBe(1)

  receiver.onRequest = () => undefined
  const { delivery } = openWebhooks(parts)
  expect(await delivery.deliverDue()).toBe(1)
  expect(await delivery.deliverDue()).toBe(0)
  expect(new Set(ids()).size).toBe(1)
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1)
  expect(JSON.parse(receiver.received[0]?.body ?? '').data.name).toBe('one')

  program.remove()
  await receiver.close()
  await database.close()
  delete process.env['FETTLE_WEBHOOK_ALLOW']
}, 60_000)
