#!/bin/sh
# Sets up the virtual environment from requirements.lock. Usage: install.sh PYTHON VENV
set -eu
python=$1
venv=$2

command -v "$python" >/dev/null 2>&1 || {
  echo "noktvrn: '$python' was not found. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2
  exit 1
}
"$python" - <<'PY' || exit 1
import sys
if sys.version_info < (3, 11):
    sys.exit(f"noktvrn: Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Name another: make PYTHON=python3.12")
PY

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || {
  echo "noktvrn: the venv module failed. On Debian and Ubuntu: apt install python3-venv" >&2
  exit 1
}

# uv itself comes from the lock too: its block is cut out and installed by pip with its hashes.
uv_block=$(mktemp)
trap 'rm -f "$uv_block"' EXIT INT TERM
awk '/^uv==/ {on=1} on && /^[a-z]/ && !/^uv==/ {exit} on {print}' requirements.lock >"$uv_block"

echo "noktvrn: installing the locked dependencies into $venv (once; about a minute)" >&2
if "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r "$uv_block" &&
  "$venv/bin/uv" pip sync -q --require-hashes --compile-bytecode --python "$venv/bin/python" requirements.lock; then
  :
else
  # uv does not read pip's own configuration (proxies, mirrors); pip does.
  echo "noktvrn: uv could not do it, using pip (slower)" >&2
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
fi
# A sync removes what the lock does not name, so the project itself comes last; its build tools are in the lock.
"$venv/bin/python" -m ensurepip -q --upgrade >/dev/null 2>&1 || true
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
