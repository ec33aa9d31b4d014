import { expect, test } from 'vitest'
import { FettleError } from '../../kernel/errors/index.ts'
import { classifyEnd } from '../classify-error.ts'
import { reportError } from './report-error.ts'

const end = { exitCode: 1, signal: null, outOfMemory: false }
const classOf = (error: unknown) =>
  classifyEnd({ stopped: null, maxRuntime: '1h', reported: reportError(error, '/project'), end }).errorClass

test('whoever throws a code that can be anybody’s fault says whose it is', () => {
  const failed = (details: Record<string, unknown>) =>
    new FettleError('ENVIRONMENT_FAILED', 'pip failed', { details })
  expect(classOf(failed({ errorClass: 'infra' }))).toBe('infra')
  expect(classOf(failed({ errorClass: 'user' }))).toBe('user')
  expect(classOf(failed({}))).toBe('user')
  expect(classOf(failed({ errorClass: 'nobody' }))).toBe('user')
  expect(classOf(new FettleError('DISK_FULL', 'full'))).toBe('infra')
})
