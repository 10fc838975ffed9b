#!/usr/bin/env bash
# Builds with the flags it is given, and shows how far that has come: on a terminal the compiler's own live line, in a log a line now and
# then. Whatever is no progress, such as an error, is passed on.
set -euo pipefail

every=${BUILD_PROGRESS_SECONDS:-15}
if [[ -n ${MAKE_TERMOUT:-} ]] || [[ -t 1 ]]; then exec "${SWIFT:-swift}" build "$@"; fi

# The steps of a build are numbered by those that are known so far, so the second number grows at first.
follow() {
    local line last=-$every fetching=
    while IFS= read -r line || [[ -n $line ]]; do
        case $line in
        '['[0-9]*/[0-9]*']'*)
            if ((SECONDS - last >= every)); then
                last=$SECONDS
                printf '  %d:%02d  step %s  %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "${line%%]*}]" "${line#*] }"
            fi
            ;;
        'Fetching '* | 'Fetched '* | 'Creating working copy'* | 'Working copy'* | 'Computing '* | 'Computed '*)
            if [[ -z $fetching ]]; then echo "  fetching the sources of other packages"; fi
            fetching=yes
            ;;
        'Building for '* | 'Planning build'* | 'Build complete!'* | '') ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
}

"${SWIFT:-swift}" build "$@" 2>&1 | follow
