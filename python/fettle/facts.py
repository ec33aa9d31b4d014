"""What a run is made from: tags that comparisons show as its origin."""

import functools
import hashlib
import os
import platform
import subprocess
import sys


def origin():
    """Tags for code and environment; what cannot be found out is left out."""
    return {**_code(), **_environment()}


def _code():
    script = sys.argv[0] if sys.argv and sys.argv[0] not in ("", "-c") else ""
    folder = os.path.dirname(os.path.abspath(script)) if script else os.getcwd()
    tags = {"mlflow.source.name": script or "<interactive>", "mlflow.source.type": "LOCAL"}
    commit = _git(folder, "rev-parse", "HEAD")
    if commit:
        tags["mlflow.source.git.commit"] = commit
        branch = _git(folder, "rev-parse", "--abbrev-ref", "HEAD")
        if branch and branch != "HEAD":
            tags["mlflow.source.git.branch"] = branch
        changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
        if changes is not None:
            tags["fettle.source.git.dirty"] = "true" if changes else "false"
    return tags


def _git(folder, *words):
    try:
        done = subprocess.run(
            ["git", "-C", folder, *words],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _environment():
    return {
        "fettle.python.version": platform.python_version(),
        "fettle.python.packages": packages_hash(),
        "fettle.platform": f"{platform.system()} {platform.machine()}".strip(),
        "fettle.host": platform.node(),
    }


@functools.lru_cache(maxsize=1)
def packages_hash():
    """SHA-256 of the sorted `name==version` lines of what is installed."""
    from importlib import metadata

    names = {
        f"{(each.metadata['Name'] or '').lower().replace('_', '-')}=={each.version}" for each in metadata.distributions()
    }
    return "sha256:" + hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()
