# Debian packages that tests need beside npm's: a browser. Installed only where they are missing and may be.
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

if ! find_chromium >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium …"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
  else
    echo "Chromium is missing: install it, for example with 'sudo apt-get install chromium'." >&2
    exit 1
  fi
fi
FETTLE_CHROMIUM="$(find_chromium)"
export FETTLE_CHROMIUM
