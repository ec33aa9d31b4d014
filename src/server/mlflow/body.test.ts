import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { limits } from '../../api/mlflow/limits.ts'
import { bodyBudget } from './body.ts'

const mebibyte = 1024 * 1024
const sized = (mebibytes: number) => ({ headers: { 'content-length': String(mebibytes * mebibyte) } })

describe('budget of bodies', () => {
  it('refuses what has no room until others are answered', () => {
    const hold = bodyBudget(10 * mebibyte)
    const first = new EventEmitter()
    hold(sized(6), first)
    expect(() => hold(sized(5), new EventEmitter())).toThrow('too many large requests')
    hold(sized(4), new EventEmitter())
    first.emit('close')
    hold(sized(6), new EventEmitter())
    expect(() => hold(sized(0.1), new EventEmitter())).toThrow('too many large requests')
    hold(sized(0.01), new EventEmitter())
    hold({ headers: {} }, new EventEmitter())
  })

  it('takes one body alone, and an unknown length for the largest', () => {
    const hold = bodyBudget(limits.bodyBytes + mebibyte)
    hold({ headers: { 'transfer-encoding': 'chunked' } }, new EventEmitter())
    hold(sized(1), new EventEmitter())
    expect(() => hold(sized(1), new EventEmitter())).toThrow('too many large requests')
  })
})
