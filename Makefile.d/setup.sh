#!/usr/bin/env bash
# Installs the system libraries the build links and the programs that tests and benchmarks run, and nothing else. Says what it does; says nothing when nothing is missing.
set -euo pipefail

fail() {
    echo "setup: $1" >&2
    exit 1
}

command -v "${SWIFT:-swift}" >/dev/null ||
    fail "no swift on the PATH; install Swift 6.3 from https://www.swift.org/install and run make again"

case "$(uname -s)" in
Linux)
    # A header stands for its package: asking the file system takes no time and no package manager.
    missing=()
    need() {
        local package=$1 header=$2
        [[ -e /usr/include/$header || -e /usr/local/include/$header ]] || missing+=("$package")
    }
    need libsodium-dev sodium.h
    need libzmq3-dev zmq.h
    need libsqlite3-dev sqlite3.h
    need libssl-dev openssl/evp.h
    # The package manager of Swift fetches sources with git and trusts these certificates.
    command -v git >/dev/null || missing+=(git)
    # Tests talk to independent implementations in Python; benchmarks store messages with curl.
    command -v python3 >/dev/null || missing+=(python3)
    # Debian keeps what makes virtual environments in a package of its own.
    if command -v python3 >/dev/null; then
        python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    else
        missing+=(python3-venv)
    fi
    command -v curl >/dev/null || missing+=(curl)
    [[ -e /etc/ssl/certs/ca-certificates.crt || -e /etc/pki/tls/certs/ca-bundle.crt ]] || missing+=(ca-certificates)
    ((${#missing[@]})) || exit 0

    command -v apt-get >/dev/null ||
        fail "missing ${missing[*]} (Debian's names); install their equivalents with your package manager"
    as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "missing ${missing[*]}; run as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq || fail "apt-get update failed; see the lines above"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install ${missing[*]}; see the lines above"
    echo "setup: done"
    ;;
Darwin)
    prefix=/usr/local
    [[ -d /opt/homebrew ]] && prefix=/opt/homebrew
    missing=()
    for formula in libsodium zeromq sqlite openssl@3; do
        [[ -d $prefix/opt/$formula ]] || missing+=("$formula")
    done
    ((${#missing[@]})) || exit 0
    command -v brew >/dev/null || fail "missing ${missing[*]}; install Homebrew from https://brew.sh and run make again"
    echo "setup: installing ${missing[*]}"
    brew install --quiet "${missing[@]}" || fail "brew could not install ${missing[*]}; see the lines above"
    echo "setup: done"
    ;;
*)
    fail "$(uname -s) is not supported; testnet runs on Linux"
    ;;
esac
