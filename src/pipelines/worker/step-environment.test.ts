import { expect, test } from 'vitest'
import { stepEnvironment } from './step-environment.ts'

test('steps get what tools need to find themselves, and no secrets', () => {
  const told = stepEnvironment(
    {
      PATH: '/bin',
      FETTLE_ENVIRONMENTS: '/e',
      FETTLE_TOKEN: 's',
      FETTLE_ROLE_TOKEN: 's',
      AWS_SECRET: 's',
      TZ: 'Asia/Tokyo',
    },
    '/scratch',
  )
  expect(told).toEqual({
    PATH: '/bin',
    FETTLE_ENVIRONMENTS: '/e',
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    PYTHONHASHSEED: '0',
    PYTHONUNBUFFERED: '1',
    TMPDIR: '/scratch',
  })
})
