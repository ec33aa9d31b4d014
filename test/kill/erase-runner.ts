import { done, openGround, person } from './erase-ground.ts'

const [folder = '', crossing = '0'] = process.argv.slice(2)

/** Erases the person, or goes on with it; kills itself at the given crossing, counted over every change it makes. */
async function main(): Promise<void> {
  let left = Number(crossing)
  const cross = (): void => {
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  }
  const ground = await openGround(folder, cross)
  const { id } = await ground.erasures.request(
    { entity: 'customer', key: [person], reason: 'case 7' },
    { name: 'mila' },
  )
  await done(ground, id)
  await ground.close()
  process.stdout.write(`${Number(crossing) - left}\n`)
}

await main()
