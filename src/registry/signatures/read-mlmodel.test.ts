import { describe, expect, it } from 'vitest'
import type { ModelFile } from '../model.ts'
import { executesCode } from './executes-code.ts'
import { readLogModelHistory, readMlmodel } from './read-mlmodel.ts'
import { readYaml } from './read-yaml.ts'

const file = (path: string): ModelFile => ({ path, hash: `sha256:${'a'.repeat(64)}`, bytes: 1 })

/** As PyYAML writes it: keys sorted, long text folded at 80 columns. */
const sklearn = `artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.10.12
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
is_signature_from_type_hint: false
metadata: {}
mlflow_version: 2.22.0
model_size_bytes: 745
prompts: []
resources:
- kind: table
  name: x
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
signature:
  inputs: '[{"type": "double", "name": "sepal length (cm)", "required": true}, {"type":
    "long", "name": "it''s", "required": false}, {"type": "array", "items": {"type":
    "string", "required": true}, "name": "tags", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]'
  params: '[{"name": "k", "type": "long", "default": 3, "shape": null}]'
type_hint_from_example: false
utc_time_created: '2025-05-01 10:00:00.000000'
`

describe('readMlmodel', () => {
  it('maps the signature of MLflow, unnamed columns by place', () => {
    const facts = readMlmodel(sklearn, [file('MLmodel'), file('model.pkl')])
    expect(facts).toEqual({
      format: 'mlflow',
      gap: null,
      loader: 'mlflow.sklearn',
      signature: {
        inputs: [
          { name: 'sepal length (cm)', type: 'float64', nullable: false },
          { name: "it's", type: 'int64', nullable: true },
          { name: 'tags', type: 'list<string>', nullable: false },
        ],
        outputs: [{ name: '0', type: 'float32', nullable: false, shape: [-1, 3] }],
        params: [{ name: 'k', type: 'int64', default: 3 }],
      },
    })
  })

  it('is scored here when it is one ONNX file that is there', () => {
    const text = 'flavors:\n  onnx:\n    data: model.onnx\n    onnx_version: 1.16\n'
    expect(readMlmodel(text, [file('model.onnx')]).format).toBe('onnx')
    expect(readMlmodel(text, [file('other.onnx')]).format).toBe('mlflow')
  })

  it.each([
    ['flavors: {}\n', 'its MLmodel has no signature'],
    ['signature:\n  inputs: \'[{"type": "object", "name": "o"}]\'\n', '"o" has type "object"'],
    [
      'signature:\n  inputs: \'[{"type": "tensor", "tensor-spec": {"dtype": "complex64", "shape": [1]}}]\'\n',
      'complex64',
    ],
    ['signature:\n  inputs: not json\n', 'its signature cannot be taken over'],
    ['a: &anchor x\n', 'MLmodel cannot be read: line 1'],
    ['a: !!python/object/apply:os.system [x]\n', 'MLmodel cannot be read: line 1'],
    ['signature: "open\n', 'MLmodel cannot be read'],
    ['\tx: 1\n', 'MLmodel cannot be read'],
  ])('says why there is no signature: %j', (text, gap) => {
    const facts = readMlmodel(text, [])
    expect(facts.signature).toBeNull()
    expect(facts.gap).toContain(gap)
  })

  it('takes the newest entry of the history for a path', () => {
    const entry = (inputs: string) => ({
      artifact_path: 'model',
      flavors: {},
      signature: { inputs, outputs: null },
    })
    const history = JSON.stringify([
      entry('[]'),
      entry('[{"type":"string","name":"a"}]'),
      { artifact_path: 'other' },
    ])
    expect(readLogModelHistory(history, 'model')?.signature?.inputs).toHaveLength(1)
    expect(readLogModelHistory(history, 'absent')).toBeUndefined()
    expect(readLogModelHistory('{', 'model')?.gap).toContain('cannot be read')
  })
})

describe('readYaml', () => {
  it('reads nested mappings, folded and quoted scalars, and reads over lists', () => {
    const text =
      'a: 1 # note\n"b c":\n  d: one\n    two\n  e: "x\\u00e4\\\n    y\\ty"\n  f:\n  - g: 1\n    h: 2\n  - k\ni: ~\n'
    expect(readYaml(text)).toEqual({ a: '1', 'b c': { d: 'one two', e: 'xäy\ty', f: null }, i: null })
  })

  it('has no way to the prototype of objects', () => {
    const read = readYaml('__proto__:\n  polluted: yes\n')
    expect(Object.getOwnPropertyNames(read)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('ends in time that grows with the text', () => {
    const text = `a: '${'x '.repeat(50_000)}'\n${'b: "'.padEnd(50_000, '\\')}\n`
    const start = performance.now()
    expect(() => readYaml(text)).toThrow(/quote is not closed/)
    const folded = `a: '${Array.from({ length: 20_000 }, () => 'x').join('\n  ')}'\n`
    readYaml(folded)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})

describe('executesCode', () => {
  it('names pickles, code, and an MLmodel whose loader may run any', () => {
    const files = [
      'MLmodel',
      'model.pkl',
      'code/x.py',
      'a/Model.JOBLIB',
      'model.onnx',
      'conda.yaml',
      'w.pth',
    ].map(file)
    expect(executesCode(files, 'mlflow.onnx')).toEqual(['model.pkl', 'code/x.py', 'a/Model.JOBLIB', 'w.pth'])
    expect(executesCode(files.slice(0, 1), 'mlflow.pyfunc.model')).toEqual(['MLmodel'])
    expect(executesCode(files.slice(4), null)).toEqual(['w.pth'])
  })
})
