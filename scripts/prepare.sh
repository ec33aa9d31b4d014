# Installs packages and builds, each only when something changed. Sourced by bin/quickstart and bin/test.
started=$(date +%s)

if ! command -v node >/dev/null 2>&1; then
  echo "Node.js is missing: install 20.19 or newer." >&2
  exit 1
fi
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
  echo "Node.js $(node --version) is too old: install 20.19 or newer." >&2
  exit 1
fi

if [ ! -e node_modules/.fettle-installed ] || [ package-lock.json -nt node_modules/.fettle-installed ]; then
  echo "Installing packages …"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  touch node_modules/.fettle-installed
fi
installed=$(date +%s)

if [ ! -e dist/.built ] || [ -n "$(find src python package.json scripts -newer dist/.built -type f -print -quit)" ]; then
  echo "Building …"
  npm run --silent build
  touch dist/.built
fi
echo "Packages $((installed - started)) s, build $(($(date +%s) - installed)) s"
