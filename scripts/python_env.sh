#!/usr/bin/env bash
# Makes the virtual environment and installs into it what pyproject.toml asks for, in the versions of constraints.txt:
# without an extra what builds the package, with extras (`fast`, `dev` ...) the package's dependencies and theirs.
# The Python is the first that is new enough (3.11) and can make one: the system's, that on PATH, or one with its
# version in its name. The system's first, because distributions build theirs optimised by a profile: a node on it
# needs a quarter less CPU than on one that was built with a plain `configure` (pyenv's default).
# usage: python_env.sh FOLDER [EXTRA...]    python_env.sh --path (prints the Python, status 1 without one)
set -euo pipefail
readonly wanted=3.11

is_new() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
is_fit() { is_new "$1" && "$1" -c 'import ensurepip' 2>/dev/null; }

find_python() {
  local name path
  for name in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
    path=$(command -v "$name" 2>/dev/null) && is_fit "$path" && { echo "$path"; return 0; }
  done
  return 1
}

folder=${1:?folder of the virtual environment}
if [ "$folder" = --path ]; then
  find_python
  exit
fi
if [ -x "$folder/bin/python" ] && ! is_new "$folder/bin/python"; then
  echo "offhook: $folder has $("$folder/bin/python" --version 2>&1), which is older than $wanted: remove it (rm -rf $folder) and run make again" >&2
  exit 1
fi
if [ ! -x "$folder/bin/python" ]; then
  if ! python=$(find_python); then
    found=$(python3 --version 2>&1 || true)
    echo "offhook: Python $wanted or newer is needed, with its venv module; here is ${found:-none}. Install one (Debian 12: apt-get install python3 python3-venv) and run make again" >&2
    exit 1
  fi
  "$python" -m venv "$folder"
fi
mapfile -t requirements < <("$folder/bin/python" - "${@:2}" <<'PY'
import sys
import tomllib
from pathlib import Path

settings = tomllib.loads(Path("pyproject.toml").read_text())
extras = settings["project"]["optional-dependencies"]
wanted = settings["project"]["dependencies"] if sys.argv[1:] else settings["build-system"]["requires"]
print("\n".join([*wanted, *(each for name in sys.argv[1:] for each in extras[name])]))
PY
)
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "${requirements[@]}"
