#!/bin/sh
# What the program was built from, as 12 hex digits: a hash over path and content of Package.swift and of every file
# below Sources. Package.resolved is left out: git ignores it, and Package.swift pins the packages it names.
#
# source-hash.sh ROOT          prints it
# source-hash.sh ROOT FILE     writes it as Swift, but leaves a file alone that says so already: nothing is rebuilt
set -eu
LC_ALL=C
export LC_ALL

root=$1
if command -v sha256sum >/dev/null 2>&1; then sum=sha256sum; else sum='shasum -a 256'; fi

# Names that begin with a dot are an editor's or the system's. $sum is a command with its arguments.
# shellcheck disable=SC2086
files=$(cd "$root" && find -L Package.swift Sources -type f ! -name '.*' -exec $sum {} +)
# shellcheck disable=SC2086
hash=$(printf '%s\n' "$files" | sort -k 2 | $sum | cut -c 1-12)

if [ $# -lt 2 ]; then
    echo "$hash"
    exit
fi
swift="// Written by Makefile.d/source-hash.sh at every build.
extension Release {
    static let sources = \"$hash\"
}"
if [ ! -f "$2" ] || [ "$(cat "$2")" != "$swift" ]; then
    mkdir -p "$(dirname "$2")"
    printf '%s\n' "$swift" >"$2"
fi
