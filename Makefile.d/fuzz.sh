#!/usr/bin/env bash
# Runs the fuzzer of Fuzz/ on every parser that sees bytes from elsewhere.
#
# fuzz.sh run SECONDS [PARSER...]   looks for new inputs that crash, hang or eat memory; keeps what it learnt in Fuzz/.build
# fuzz.sh replay                    runs the inputs of Fuzz/corpus once
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../Fuzz"

# Per input: seconds, MiB of the process, MiB in one piece. No parser needs more for a message of the largest size.
limits=(-timeout=5 -rss_limit_mb=768 -malloc_limit_mb=256)

echo "building the fuzzer"
"${SWIFT:-swift}" build --quiet
fuzz=.build/debug/fuzz

replay() {
    local parser=$1
    "$fuzz" "$parser" "${limits[@]}" -runs=0 "corpus/$parser" >".build/$parser.log" 2>&1 ||
        { cat ".build/$parser.log" >&2; echo "fuzz: an input of corpus/$parser breaks its parser" >&2; exit 1; }
}

# Long inputs are rare in the corpus but common on the wire: the length grows as far as a small request's.
search() {
    local seconds=$1 parser=$2 found=.build/found/$2
    mkdir -p "$found" crashes
    "$fuzz" "$parser" "${limits[@]}" -max_total_time="$seconds" -max_len=16384 -print_final_stats=1 \
        -artifact_prefix="crashes/$parser-" "$found" "corpus/$parser" >".build/$parser.log" 2>&1 ||
        { tail -40 ".build/$parser.log" >&2; echo "fuzz: $parser failed; its input is in Fuzz/crashes" >&2; exit 1; }
    awk -v parser="$parser" '
        /cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") branches = $(i + 1) }
        /number_of_executed_units/ { runs = $2 }
        /peak_rss_mb/ { memory = $2 }
        END { printf "%-17s %10d inputs, %5d branches, %4d MiB, no crash\n", parser, runs, branches, memory }' \
        ".build/$parser.log"
}

case ${1:-} in
replay)
    for corpus in corpus/*/; do replay "$(basename "$corpus")"; done
    echo "every input of the fuzzer's corpus is read or refused"
    ;;
run)
    seconds=$2
    shift 2
    (($#)) || set -- corpus/*/
    for parser; do search "$seconds" "$(basename "$parser")"; done
    ;;
*)
    echo "usage: fuzz.sh run SECONDS [PARSER...] | replay" >&2
    exit 64
    ;;
esac
