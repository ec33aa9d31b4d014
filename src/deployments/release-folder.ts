import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ObjectStore } from '../pipelines/index.ts'
import type { ReleaseFolder } from './ports.ts'
import type { KillLevel } from './rollouts/model.ts'
import type { DeploymentRouting } from './rollouts/routing.ts'

interface Pointers {
  readonly schema: 1
  readonly sequence: number
  readonly deployments: readonly {
    readonly name: string
    readonly digest: string
    readonly killed?: boolean | KillLevel
    readonly routing?: DeploymentRouting
  }[]
}

/**
 * The folder `serving/` as a ReleaseFolder: `releases/<hex>/` written aside and renamed into place,
 * `deployments.json` replaced whole. Serving reads it without anybody's help.
 */
export function releaseFolder(folder: string, objects: ObjectStore): ReleaseFolder {
  let turn: Promise<unknown> = Promise.resolve()
  // Every change reads what the one before has written.
  const change = (next: Next): Promise<void> => {
    const changed = turn.then(() => changePointers(folder, next))
    turn = changed.catch(() => undefined)
    return changed
  }
  return {
    async publish(release, beside = {}) {
      const target = join(folder, 'releases', hexOf(release.digest))
      if (await exists(join(target, 'release.json'))) {
        for (const [name, text] of Object.entries(beside)) await replaceText(join(target, name), text)
        return
      }
      const aside = `${target}.${process.pid}.new`
      await rm(aside, { recursive: true, force: true })
      for (const file of release.model.files) {
        await mkdir(dirname(join(aside, file.path)), { recursive: true })
        await objects.getFile(file.hash, join(aside, file.path))
      }
      for (const [name, text] of Object.entries(beside)) await writeDurably(join(aside, name), text)
      await writeDurably(join(aside, 'release.json'), `${JSON.stringify(release)}\n`)
      await rm(target, { recursive: true, force: true })
      await rename(aside, target)
      await syncFolder(dirname(target))
    },

    point: (deployment, digest) =>
      change(before => [...before.filter(each => each.name !== deployment), { name: deployment, digest }]),

    async route(deployment, { digest, killed, routing }) {
      const entry = { name: deployment, digest, ...(killed === undefined ? {} : { killed }), routing }
      await change(before => {
        const known = before.find(({ name }) => name === deployment)
        if (JSON.stringify(known) === JSON.stringify(entry)) return before
        return [...before.filter(({ name }) => name !== deployment), entry]
      })
    },

    async keepOnly(deployments) {
      await change(all =>
        all.every(each => deployments.includes(each.name))
          ? all
          : all.filter(each => deployments.includes(each.name)),
      )
    },
  }
}

/** The same list again: nothing changes, and nothing is written. */
type Next = (before: Pointers['deployments']) => Pointers['deployments']

async function changePointers(folder: string, next: Next): Promise<void> {
  const path = join(folder, 'deployments.json')
  const before = await readPointers(path)
  const changed = next(before.deployments)
  if (changed === before.deployments) return
  const deployments = [...changed].sort((a, b) => (a.name < b.name ? -1 : 1))
  const pointers: Pointers = { schema: 1, sequence: before.sequence + 1, deployments }
  await writeDurably(`${path}.new`, `${JSON.stringify(pointers, null, 2)}\n`)
  await rename(`${path}.new`, path)
  await syncFolder(folder)
}

function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '')
}

async function readPointers(path: string): Promise<Pointers> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? { schema: 1, sequence: 0, deployments: [] } : (JSON.parse(text) as Pointers)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function writeDurably(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  const file = await open(path, 'r')
  await file.sync()
  await file.close()
}

/** Nothing where it says so already. */
async function replaceText(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return
  await writeDurably(`${path}.new`, text)
  await rename(`${path}.new`, path)
  await syncFolder(dirname(path))
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync()
  await folder.close()
}
