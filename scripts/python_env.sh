#!/usr/bin/env bash
# Makes the virtual environment and installs into it what pyproject.toml asks for, in the versions of constraints.txt.
# usage: python_env.sh FOLDER
set -euo pipefail
folder=${1:?folder of the virtual environment}
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
mapfile -t requirements < <("$folder/bin/python" - <<'PY'
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
print("\n".join([*project["dependencies"], *extras["fast"], *extras["postgres"], *extras["mp3"], *extras["dev"]]))
PY
)
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "${requirements[@]}"
