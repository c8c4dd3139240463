#!/usr/bin/env bash
# Runs the cargo that is new enough (1.85): the one on PATH, rustup's, or Debian's.
# usage: cargo.sh ARGUMENTS...    cargo.sh --path (prints its folder)
set -euo pipefail
minimum=85

for folder in $(command -v cargo 2>/dev/null | xargs -r dirname) "${CARGO_HOME:-$HOME/.cargo}/bin" /usr/bin; do
  [ -x "$folder/cargo" ] && [ -x "$folder/rustc" ] || continue
  version=$("$folder/rustc" --version 2>/dev/null | sed -nE 's/^rustc 1\.([0-9]+)\..*/\1/p')
  if [ -n "$version" ] && [ "$version" -ge "$minimum" ]; then
    [ "${1:-}" = --path ] && { echo "$folder"; exit 0; }
    PATH="$folder:$PATH" exec "$folder/cargo" "$@"
  fi
done
echo "offhook: no Rust 1.$minimum or newer here; 'make build' as root installs Debian's rustc-web and cargo-web" >&2
exit 1
