#!/usr/bin/env bash
# Makes the certificates of the TLS tests anew: a CA, and servers that are right and wrong. Needs openssl 3.
# All are valid for a century but expired.pem, and none is trusted by anything but tests.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$1.key"; }

authority() {  # NAME
  key "$1"
  openssl req -x509 -new -key "$work/$1.key" -subj "/CN=Offhook tests $1" -days 36500 -out "$work/$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

server() {  # NAME AUTHORITY SAN [START END]
  key "$1"
  openssl req -new -key "$work/$1.key" -subj "/CN=$1" -out "$work/$1.csr"
  printf 'basicConstraints=CA:FALSE\nsubjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$3" >"$work/$1.ext"
  printf 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >>"$work/$1.ext"
  : >"$work/index"
  openssl ca -batch -notext -md sha256 -config "$work/ca.conf" -cert "$work/$2.crt" \
    -keyfile "$work/$2.key" -in "$work/$1.csr" -extfile "$work/$1.ext" -out "$work/$1.crt" \
    -startdate "${4:-20200101000000Z}" -enddate "${5:-21200101000000Z}"
  cat "$work/$1.crt" "$work/$1.key" >"$1.pem"
}

cat >"$work/ca.conf" <<EOF
[ca]
default_ca = offhook
[offhook]
database = $work/index
new_certs_dir = $work
rand_serial = yes
policy = policy
[policy]
commonName = supplied
EOF

authority ca
authority stranger
cp "$work/ca.crt" ca.pem
server localhost ca "DNS:localhost,IP:127.0.0.1"
server other_name ca "DNS:other.example"
server expired ca "DNS:localhost,IP:127.0.0.1" 20200101000000Z 20200102000000Z
server untrusted stranger "DNS:localhost,IP:127.0.0.1"
