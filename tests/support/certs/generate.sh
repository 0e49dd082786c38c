#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the certificates the tests use: an authority, a server for localhost, a client, and a server nobody
# vouches for. Valid for 100 years; run again only to change them.
set -eu
cd "$(dirname "$0")"
days=36500
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
key ca
openssl req -x509 -new -key ca.key -subj "/CN=Earshot test authority" -days $days -out ca.pem \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
issue() { # name, subject, extensions
    key "$1"
    openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
    printf '%s\n' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days $days -extfile "$1.ext" -out "$1.pem"
    rm "$1.csr" "$1.ext"
}
issue server "/CN=localhost" "subjectAltName=DNS:localhost,IP:127.0.0.1
extendedKeyUsage=serverAuth"
issue client "/CN=Earshot test client" "extendedKeyUsage=clientAuth"
key stranger
openssl req -x509 -new -key stranger.key -subj "/CN=localhost" -days $days -out stranger.pem \
    -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"
rm -f ca.key ca.srl
