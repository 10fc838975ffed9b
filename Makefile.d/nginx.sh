#!/usr/bin/env bash
# Fetches Debian's nginx for `make bench`, which compares answers with it, and unpacks it under .build. It is not installed:
# Debian's package would start a server of its own.
set -euo pipefail

place=.build/nginx
[[ -x $place/usr/sbin/nginx || -x /usr/sbin/nginx ]] && exit 0
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    echo "nginx: no Debian here, so bench compares with no other server unless nginx is at /usr/sbin/nginx"
    exit 0
}
rm -rf "$place"
mkdir -p "$place"
cd "$place"
# Debian 12 keeps the program of nginx-light in nginx.
apt-get download -qq nginx-light nginx 2>/dev/null || {
    echo "nginx: could not be fetched (is 'apt-get update' due?), so bench compares with no other server"
    exit 0
}
for package in *.deb; do dpkg-deb -x "$package" .; done
rm -f ./*.deb
