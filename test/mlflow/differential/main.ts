import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vectorRuntime } from '../../../src/platform/vector-runtime.ts'
import { startMlflow } from '../../services/mlflow.ts'
import { openPlayer } from './client.ts'
import { replay } from './replay.ts'
import { scenariosOf } from './scenarios.ts'

const [seed = '1', size = '100', only = ''] = process.argv.slice(2)
const folder = await mkdtemp(join(tmpdir(), 'fettle-differential-'))
const mlflow = await startMlflow(join(folder))
const fettle = await vectorRuntime.startTracking(join(folder, 'fettle'))
const players = { fettle: openPlayer(fettle.url), mlflow: openPlayer(mlflow.url) }
const lines: string[] = []
let played = 0
try {
  for (const scenario of scenariosOf(Number(seed), Number(size))) {
    if (!scenario.name.includes(only)) continue
    const started = Date.now()
    const differences = await replay(scenario, players)
    played += scenario.steps.length
    console.log(
      `${scenario.name}: ${scenario.steps.length} steps, ${differences.length} differ, ${Date.now() - started} ms`,
    )
    for (const { index, step, said, ours, theirs } of differences) {
      const sent = JSON.stringify(step.json ?? step.query ?? step.text) ?? ''
      lines.push(
        `## ${scenario.name} ${index} ${step.call}\n${sent.slice(0, 600)}\n${said
          .split('\n')
          .map(line => line.slice(0, 900))
          .join(
            '\n',
          )}\n  ours: ${ours.status === 200 ? '' : ours.text.slice(0, 250)}\n  theirs: ${theirs.status === 200 ? '' : theirs.text.slice(0, 250)}`,
      )
    }
  }
} finally {
  for (const player of Object.values(players)) player.close()
  await fettle.close()
  await mlflow.stop()
  await rm(folder, { recursive: true, force: true })
}
await writeFile('/tmp/diff/report.txt', `${lines.join('\n')}\n`)
console.log(`${played} steps, ${lines.length} differ`)
