import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ObjectStore } from '../pipelines/index.ts'
import type { ReleaseFolder } from './ports.ts'

interface Pointers {
  readonly schema: 1
  readonly sequence: number
  readonly deployments: readonly {
    readonly name: string
    readonly digest: string
    readonly killed?: boolean
  }[]
}

/**
 * The folder `serving/` as a ReleaseFolder: `releases/<hex>/` written aside and renamed into place,
 * `deployments.json` replaced whole. Serving reads it without anybody's help.
 */
export function releaseFolder(folder: string, objects: ObjectStore): ReleaseFolder {
  return {
    async publish(release, beside = {}) {
      const target = join(folder, 'releases', hexOf(release.digest))
      if (await exists(join(target, 'release.json'))) return
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
      change(folder, before => [
        ...before.filter(each => each.name !== deployment),
        { name: deployment, digest },
      ]),

    async keepOnly(deployments) {
      const before = (await readPointers(join(folder, 'deployments.json'))).deployments
      if (before.every(each => deployments.includes(each.name))) return
      await change(folder, all => all.filter(each => deployments.includes(each.name)))
    },
  }
}

async function change(
  folder: string,
  next: (before: Pointers['deployments']) => Pointers['deployments'],
): Promise<void> {
  const path = join(folder, 'deployments.json')
  const before = await readPointers(path)
  const deployments = [...next(before.deployments)].sort((a, b) => (a.name < b.name ? -1 : 1))
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

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync()
  await folder.close()
}
