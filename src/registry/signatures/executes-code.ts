import type { ModelFile } from '../model.ts'

const byName = /\.(?:pkl|pickle|pck|joblib|cloudpickle|dill|pt|pth|keras|py|pyc|pyd|so|dll|dylib|jar)$/i

/** Loaders of MLflow that read data only. */
const plainLoaders = new Set(['mlflow.onnx', 'mlflow.lightgbm', 'mlflow.xgboost', 'mlflow.catboost'])

/**
 * Paths of files that run code when the model is loaded: pickles under any of their names, Python and native code, and
 * the `MLmodel` whose python_function is loaded by a module (`loader`) that may run any.
 */
export function executesCode(files: readonly ModelFile[], loader: string | null): readonly string[] {
  const custom = loader !== null && !plainLoaders.has(loader)
  return files.map(({ path }) => path).filter(path => byName.test(path) || (custom && path === 'MLmodel'))
}
