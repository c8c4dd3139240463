#!/usr/bin/env bash
# Installs the Debian packages that a step needs and the machine lacks; asks before nothing and repeats nothing.
# usage: system_packages.sh build|test|lint|bench
set -euo pipefail
step=${1:?build, test, lint or bench}
wanted=()

want() { wanted+=("$@"); }

python_is_fit() { "$(dirname "$0")/python_env.sh" --path >/dev/null; }

rust_is_fit() {
  local cargo_dir; cargo_dir=$("$(dirname "$0")/cargo.sh" --path 2>/dev/null) || return 1
  [ -x "$cargo_dir/cargo" ]
}

case $step in
  build)
    python_is_fit || want python3 python3-venv
    rust_is_fit || want rustc-web cargo-web
    command -v cc >/dev/null || want gcc libc6-dev
    ;;
  test)
    command -v sipp >/dev/null || want sip-tester
    command -v baresip >/dev/null || want baresip-core
    command -v linphonec >/dev/null || want linphone-cli
    command -v sox >/dev/null || want sox
    command -v lame >/dev/null || want lame
    command -v espeak-ng >/dev/null || want espeak-ng
    command -v dnsmasq >/dev/null || want dnsmasq-base
    command -v tshark >/dev/null || want tshark
    command -v kamailio >/dev/null || [ -x /usr/sbin/kamailio ] || want kamailio
    compgen -G "/usr/lib/*/kamailio/modules/tls.so" >/dev/null || want kamailio-tls-modules
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || want postgresql
    ;;
  lint)
    "$(dirname "$0")/cargo.sh" fmt --version >/dev/null 2>&1 || want rustfmt-web
    "$(dirname "$0")/cargo.sh" clippy --version >/dev/null 2>&1 || want rust-web-clippy
    ;;
  bench)
    command -v sipp >/dev/null || want sip-tester
    command -v kamailio >/dev/null || [ -x /usr/sbin/kamailio ] || want kamailio
    compgen -G "/usr/lib/*/kamailio/modules/tls.so" >/dev/null || want kamailio-tls-modules
    command -v rtpengine >/dev/null || want rtpengine-daemon
    command -v espeak-ng >/dev/null || want espeak-ng
    [ -e /usr/include/openssl/evp.h ] || want libssl-dev
    ;;
  *) echo "system_packages.sh: unknown step '$step': build, test, lint or bench" >&2; exit 2 ;;
esac

[ ${#wanted[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${wanted[*]}"
if ! command -v apt-get >/dev/null; then
  echo "offhook: this machine lacks: ${wanted[*]} (Debian's names). Install them with its package manager." >&2
  exit 1
fi
if [ "$(id -u)" -eq 0 ]; then as_root=(); elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo); else
  echo "offhook: packages are missing and this is not root. Run: sudo apt-get update && sudo $install" >&2
  exit 1
fi
if [ -d /run/systemd/system ]; then  # Bench and tests start their own: no service shall take their ports.
  [[ " ${wanted[*]} " != *" kamailio "* ]] || "${as_root[@]}" systemctl mask --quiet kamailio.service
  [[ " ${wanted[*]} " != *" rtpengine-daemon "* ]] || "${as_root[@]}" systemctl mask --quiet rtpengine-daemon.service
fi
if [[ " ${wanted[*]} " == *" postgresql "* ]] && [ -d /run/systemd/system ]; then
  "${as_root[@]}" systemctl mask --quiet postgresql.service  # The tests start their own, in a folder that they remove.
fi
log=$(mktemp)
echo "offhook: installing ${wanted[*]}" >&2
if ! { "${as_root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as_root[@]}" $install -qq; } >"$log" 2>&1; then
  cat "$log" >&2
  echo "offhook: could not install ${wanted[*]}; the lines above say why." >&2
  exit 1
fi
if [[ " ${wanted[*]} " == *" postgresql "* ]] && [ ! -d /run/systemd/system ] && command -v pg_lsclusters >/dev/null; then
  # Without systemd the package may have started a server of its own.
  pg_lsclusters --no-header | while read -r version name _ status _; do
    [ "$status" != online ] || "${as_root[@]}" pg_ctlcluster "$version" "$name" stop
  done
fi
rm -f "$log"
