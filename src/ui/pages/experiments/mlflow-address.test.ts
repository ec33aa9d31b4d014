import { expect, it } from 'vitest'
import { pageOfMlflow } from './mlflow-address.ts'

it('knows the addresses that MLflow’s clients print', () => {
  expect(pageOfMlflow('#/experiments/1/runs/00ff')).toEqual({ path: '/experiments/runs/00ff' })
  expect(pageOfMlflow('#/experiments/1/runs/00ff/artifacts')).toEqual({ path: '/experiments/runs/00ff' })
  expect(pageOfMlflow('#/experiments/12')).toEqual({ experiment: '12' })
  expect(pageOfMlflow('#/experiments/12?searchFilter=x')).toEqual({ experiment: '12' })
  expect(pageOfMlflow('#/models/a%20b/versions/2')).toEqual({ path: '/models/a%20b?version=2' })
  expect(pageOfMlflow('#/models/churn')).toEqual({ path: '/models/churn' })
})
it('leaves other addresses alone', () => {
  for (const hash of ['', '#metrics', '#/', '#/compare-runs?x', '#/models/', '#/%zz/1'])
    expect(pageOfMlflow(hash)).toBeUndefined()
})
