import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { servingPlanFile } from '../evaluation/index.ts'
import { servingCopyRoutes } from '../server/serving-copy-routes.ts'
import { deploy, releaseFolder, writeRelease } from '../serving/testing/release-fixture.ts'
import { followCopy } from './follow-copy.ts'
import { servingCopy } from './serving-copy.ts'

const root = mkdtempSync(join(tmpdir(), 'fettle-copy-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let from: string
let to: string
let app: ReturnType<typeof fastify>
let url: string
let asked: string[]
let runs = 0
beforeEach(async () => {
  from = join(root, `from${++runs}`)
  to = join(root, `to${runs}`)
  for (const folder of [from, to]) mkdirSync(folder)
  asked = []
  app = fastify()
  app.addHook('onRequest', async (request: { readonly url: string }) => void asked.push(request.url))
  await app.register(servingCopyRoutes(servingCopy(from)), { prefix: '/api/v1/worker/serving' })
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => app.close())

const follower = () => followCopy({ url, token: 't', servingFolder: to, onLine: () => undefined })
const copied = (name: string) => readFileSync(join(to, name), 'utf8')

describe('a copy of what is to be served', () => {
  it('has what scores a release, and has it anew after another verification', async () => {
    const { digest } = writeRelease(from)
    const plan = (build: string, release = digest) =>
      writeFileSync(join(releaseFolder(from, digest), servingPlanFile), JSON.stringify({ release, build }))
    const copy = follower()
    const followed = async () => {
      deploy(from, { name: 'late', digest })
      await copy.now()
      return JSON.parse(readFileSync(join(releaseFolder(to, digest), servingPlanFile), 'utf8')) as object
    }
    plan('one')
    expect(await followed()).toEqual({ release: digest, build: 'one' })
    plan('two')
    expect(await followed()).toEqual({ release: digest, build: 'two' })
    plan('three', 'sha256:other')
    expect(await followed()).toEqual({ release: digest, build: 'two' })
  })

  it('has the releases that pointers name before the pointers, and asks for nothing twice', async () => {
    const { digest } = writeRelease(from)
    const other = writeRelease(from, { number: 2 })
    writeFileSync(join(from, 'access.json'), '{"schema":1,"callers":[]}')
    deploy(from, {
      name: 'late',
      digest,
      routing: {
        ...{ seq: 1, salt: 'late-1', unit: [], arms: [], pins: [], exclude: [], warm: [] },
        shadows: [{ kind: 'shadow', digest: other.digest, of: 'champion', share: 10_000, features: 'same' }],
      },
    })
    const copy = follower()
    await copy.now()
    for (const each of [digest, other.digest]) {
      expect(existsSync(join(releaseFolder(to, each), 'release.json'))).toBe(true)
      expect(existsSync(join(releaseFolder(to, each), 'weights.json'))).toBe(true)
    }
    expect(copied('deployments.json')).toBe(readFileSync(join(from, 'deployments.json'), 'utf8'))
    expect(copied('access.json')).toContain('callers')
    const before = asked.length
    await copy.now()
    expect(asked.slice(before)).toHaveLength(1)
    deploy(from, { name: 'late', digest: other.digest })
    await copy.now()
    const files = asked.slice(before).filter(each => each.includes('/releases/'))
    expect(files.filter(each => !each.endsWith(servingPlanFile))).toEqual([])
    expect(copied('deployments.json')).toContain(other.digest)
  })

  it.each([
    ['a file that was altered', 'weights.json', '2'],
    ['a document that was altered', 'release.json', '0.6'],
  ])('refuses %s, and leaves everything as it was', async (_what, file, cut) => {
    const first = writeRelease(from)
    deploy(from, { name: 'late', digest: first.digest })
    const copy = follower()
    await copy.now()
    const second = writeRelease(from, { number: 2, weights: [1, 2, 3] })
    const path = join(releaseFolder(from, second.digest), file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(cut, '7'))
    deploy(from, { name: 'late', digest: second.digest })
    await expect(copy.now()).rejects.toMatchObject({ code: 'RELEASE_REFUSED' })
    expect(existsSync(releaseFolder(to, second.digest))).toBe(false)
    expect(copied('deployments.json')).toContain(first.digest)
  })

  it('hands out nothing but releases and pointers', async () => {
    writeFileSync(join(from, '..', 'secret'), 'x')
    const { digest } = writeRelease(from)
    const hash = digest.slice('sha256:'.length)
    for (const path of [`${hash}/..%2f..%2f..%2fsecret`, `..%2f..%2fsecret/x`, `${hash}/%2fetc%2fpasswd`]) {
      const reply = await fetch(`${url}/api/v1/worker/serving/releases/${path}`)
      expect([path, reply.ok]).toEqual([path, false])
    }
    await app.close()
    await expect(follower().now()).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  })
})
