import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/kernel/canonical.ts'
import { parseBundle } from '../../src/registry/signing/bundle.ts'
import { bundleSigner } from '../../src/registry/signing/keys.ts'
import { compareFiles, modelStatement, readModelStatement } from '../../src/registry/signing/statement.ts'
import { signedBy, trustOf } from '../../src/registry/signing/trust.ts'
import { corpusCases } from '../services/oms-corpus.ts'
import { root } from '../support/root.ts'

const execute = promisify(execFile)
const program = join(root, '.cache', 'python', 'model-signing', 'bin', 'model_signing')
const contents: Readonly<Record<string, string>> = {
  'linear.json': '{"w":[1,2]}',
  'config/a.json': '{}',
  'config/模型.txt': 'ü',
  'empty.bin': '',
}
const files = Object.entries(contents).map(([path, text]) => ({ path, hash: `sha256:${sha256Hex(text)}` }))

/** The package of the reference implementation, from PyPI. Fails, never skips, where scripts/services.sh has not made it. */
describe('the model-signing package', () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  const run = (...words: string[]) => execute(program, words)
  const newKeys = async (curve: string) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await writeFile(at(`${curve}.key`), pem)
    await writeFile(at(`${curve}.pub`), publicKey.export({ type: 'spki', format: 'pem' }))
    return bundleSigner(pem)
  }

  beforeAll(async () => {
    if (!existsSync(program)) throw new Error(`${program} is missing: run scripts/services.sh`)
    folder = await mkdtemp(join(tmpdir(), 'fettle-model-signing-'))
    for (const [path, text] of Object.entries(contents)) {
      await mkdir(dirname(at(`model/${path}`)), { recursive: true })
      await writeFile(at(`model/${path}`), text)
    }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const verify = (curve: string) =>
    run('verify', 'key', at('model'), '--signature', at(`${curve}.sig`), '--public_key', at(`${curve}.pub`))

  it.each(['prime256v1', 'secp384r1', 'secp521r1'])('verifies what is signed here with %s', async curve => {
    const signer = await newKeys(curve)
    await writeFile(at(`${curve}.sig`), signer.sign(modelStatement('model', files)))
    const { stdout, stderr } = await verify(curve)
    expect(stdout + stderr).toContain('Verification succeeded')
    await writeFile(at('model/linear.json'), 'other')
    await expect(verify(curve)).rejects.toThrow()
    await writeFile(at('model/linear.json'), contents['linear.json'] ?? '')
  })

  it('verifies what is signed here with a certificate, and the other way round', async () => {
    await execute(join(dirname(program), 'python'), ['-c', makeCertificates, folder])
    const [key, leaf, authority] = await Promise.all(
      ['leaf.key', 'leaf.pem', 'root.pem'].map(name => readFile(at(name), 'utf8')),
    )
    const signer = bundleSigner(key ?? '', leaf)
    await writeFile(at('certified.sig'), signer.sign(modelStatement('model', files)))
    const words = ['--signature', at('certified.sig'), '--certificate_chain', at('root.pem')]
    const { stdout, stderr } = await run('verify', 'certificate', at('model'), ...words)
    expect(stdout + stderr).toContain('Verification succeeded')

    const theirs = [
      ...['--private_key', at('leaf.key'), '--signing_certificate', at('leaf.pem')],
      ...['--certificate_chain', at('root.pem'), '--signature', at('theirs.sig')],
    ]
    await run('sign', 'certificate', at('model'), ...theirs)
    const bundle = parseBundle(await readFile(at('theirs.sig'), 'utf8'))
    expect(signedBy(bundle, trustOf([authority ?? '']), new Date())).toBe(signer.keyId)
    expect(compareFiles(readModelStatement(bundle.payload), files)).toEqual([])
    expect(() => signedBy(bundle, trustOf([signer.publicKey]), new Date())).toThrow('no trusted authority')
    const late = new Date(Date.now() + 10 * 86_400_000)
    expect(() => signedBy(bundle, trustOf([authority ?? '']), late)).toThrow('does not hold now')
    expect(() => bundleSigner(key ?? '', authority)).toThrow('of another key')
  })

  it.each(['prime256v1', 'secp384r1', 'secp521r1'])('signs with %s what verifies here', async curve => {
    const signer = await newKeys(curve)
    const signature = at(`${curve}.sig`)
    await run('sign', 'key', at('model'), '--private_key', at(`${curve}.key`), '--signature', signature)
    const bundle = parseBundle(await readFile(signature, 'utf8'))
    expect(signedBy(bundle, trustOf([signer.publicKey]), new Date())).toBe(signer.keyId)
    expect(compareFiles(readModelStatement(bundle.payload), files)).toEqual([])
    const [first, ...rest] = files
    expect(compareFiles(readModelStatement(bundle.payload), rest)).toEqual([
      { path: first?.path, kind: 'missing' },
    ])
  })
})

/** A root, and a certificate for signing below it, both of a new key. */
const makeCertificates = `
import datetime, pathlib, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization as s
from cryptography.hazmat.primitives.asymmetric import ec
folder, now = pathlib.Path(sys.argv[1]), datetime.datetime.now(datetime.timezone.utc)
def name(text): return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
def made(subject, key, issuer, issuer_key, ca):
    return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(9))
        .add_extension(x509.BasicConstraints(ca, None), True)
        .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True).sign(issuer_key, hashes.SHA256()))
root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
def pem(cert): return cert.public_bytes(s.Encoding.PEM)
(folder / 'root.pem').write_bytes(pem(made('root', root, 'root', root, True)))
(folder / 'leaf.pem').write_bytes(pem(made('leaf', leaf, 'root', root, False)))
(folder / 'leaf.key').write_bytes(leaf.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
`

/** A checkout of a conformance suite of OpenSSF Model Signing, named by FETTLE_OMS_CORPUS. Without it, this is not run. */
const corpus = process.env['FETTLE_OMS_CORPUS']
if (corpus !== undefined)
  describe('the public corpus of good and bad bundles', () => {
    /** Keyless signatures, and the form before 1.0, are refused: that is all that is not verified. */
    const refused = /sigstore|v0\.2\.0/
    it.each(corpusCases(corpus))('$name', each => {
      const problem = each.verify()
      if (each.valid && !refused.test(each.name)) expect(problem).toBeUndefined()
      else expect(problem).toBeDefined()
    })
  })
