// Plays the same requests to MLflow's own server and to Fettle: node scripts/run.mjs test/mlflow/differential/main.ts
// [seed] [size] [part of a scenario's name]. Ends with 3 when an answer differs and no reason is known.
import { differential } from './differential.ts'

const [seed = '1', size = '100', only = ''] = process.argv.slice(2)
const { played, explained, defects } = await differential({ seed: Number(seed), size: Number(size), only })
for (const [reason, count] of explained) console.log(`${String(count).padStart(5)} ${reason}`)
for (const { scenario, index, step, said, ours, theirs } of defects) {
  const sent = JSON.stringify(step.json ?? step.query ?? step.text) ?? ''
  console.log(`\n${scenario}, step ${index}: ${step.call}\n  ${sent.slice(0, 600)}\n  ${said.slice(0, 900)}`)
  for (const { status, text } of [ours, theirs]) if (status !== 200) console.log(`  ${text.slice(0, 250)}`)
}
console.log(`${played} requests with seed ${seed}: ${defects.length} differ for no known reason`)
process.exitCode = defects.length === 0 ? 0 : 3
