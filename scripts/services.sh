# What tests need beside npm's packages: a browser, a Redis server, Postgres with its tools, an S3 server (Swift), Java for
# Spark, and one Python environment for each real client or server from PyPI. Installed only where they are missing and
# may be.
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

missing=()
find_chromium >/dev/null 2>&1 || missing+=(chromium)
command -v redis-server >/dev/null 2>&1 || missing+=(redis-server)
ls /usr/lib/postgresql/*/bin/pg_dump >/dev/null 2>&1 || missing+=(postgresql)
[ -x /usr/bin/swift-proxy-server ] || missing+=(swift-proxy swift-account swift-container swift-object)
command -v java >/dev/null 2>&1 || missing+=(openjdk-17-jre-headless)
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing ${missing[*]} …"
    apt-get update -qq
    # A service that its package would start is not wanted: tests start their own.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "${missing[*]} missing: install it, for example with 'sudo apt-get install ${missing[*]}'." >&2
    exit 1
  fi
fi
FETTLE_CHROMIUM="$(find_chromium)"
export FETTLE_CHROMIUM

# test/services/<name>.requirements.txt becomes .cache/python/<name>, made anew when the file changes.
for requirements in test/services/*.requirements.txt; do
  [ -e "$requirements" ] || continue
  name="$(basename "$requirements" .requirements.txt)"
  environment=".cache/python/$name"
  wanted="$(sha256sum "$requirements" | cut -d ' ' -f 1)"
  [ "$(cat "$environment/.requirements" 2>/dev/null || true)" = "$wanted" ] && continue
  echo "Installing the Python packages of $name …"
  if ! command -v python3 >/dev/null 2>&1; then
    echo "Python is missing: install 3.10 or newer with its venv module." >&2
    exit 1
  fi
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  echo "$wanted" >"$environment/.requirements"
done
