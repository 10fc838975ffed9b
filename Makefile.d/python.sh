#!/usr/bin/env bash
# Makes the Python that tests run: a virtual environment in .build/python with the packages of requirements.txt beside this
# script. Does nothing when it is there and the list has not changed.
set -euo pipefail

fail() {
    echo "python: $1" >&2
    exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requirements=$here/requirements.txt
environment=$here/../.build/python
stamp=$environment/requirements.txt

cmp -s "$requirements" "$stamp" && exit 0

command -v python3 >/dev/null || fail "no python3 on the PATH; run: make setup"
python3 -c 'import ensurepip' 2>/dev/null ||
    fail "python3 cannot make virtual environments; run: make setup (on Debian it installs python3-venv)"
echo "python: making .build/python (once)"
rm -rf "$environment"
mkdir -p "$(dirname "$environment")"
python3 -m venv "$environment" || fail "the virtual environment could not be made; see the lines above"
"$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" ||
    fail "the packages of Makefile.d/requirements.txt could not be installed; see the lines above"
# Last, so that a half-made environment is made anew.
cp "$requirements" "$stamp"
