import { describe, expect, it } from 'vitest'
import { parseAddress } from './address.ts'

describe('the address of a Spark server', () => {
  it.each([
    ['sc://localhost', { host: 'localhost', port: 15_002, secure: false, user: 'fettle' }],
    [
      'sc://spark.example:443/;use_ssl=true',
      { host: 'spark.example', port: 443, secure: true, user: 'fettle' },
    ],
    ['sc://[::1]:7077/;user_id=ann', { host: '[::1]', port: 7077, secure: false, user: 'ann' }],
    [
      'sc://h:1/;token=a%3Bb;use_ssl=false',
      { host: 'h', port: 1, secure: true, user: 'fettle', token: 'a;b' },
    ],
    ['sc://127.0.0.1:1/;token=t', { host: '127.0.0.1', port: 1, secure: false, user: 'fettle', token: 't' }],
  ])('%s', (url, wanted) => {
    expect(parseAddress(url)).toEqual(wanted)
  })

  it.each(['spark://h:1', 'sc://', 'sc://h:0', 'sc://h:99999', 'sc://h:1/path', 'sc://h:1/;token'])(
    'refuses %s without repeating it',
    url => {
      expect(() => parseAddress(url)).toThrow(/address of the Spark server/)
      expect(() => parseAddress(`${url};token=secret`)).not.toThrow(/secret/)
    },
  )
})
