#!/usr/bin/env bash
# check-pages.sh LIBRARY...: whether each ELF library can be loaded on a device with memory pages of 16 KiB: every segment that is loaded
# must be aligned to 16 KiB or more. Needs readelf.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: check-pages.sh LIBRARY..." >&2; exit 2; }
for library in "$@"; do
    alignments="$(readelf --program-headers --wide "$library" | awk '$1 == "LOAD" { print $NF }')"
    [ -n "$alignments" ] || { echo "$library has no segment that is loaded" >&2; exit 1; }
    for alignment in $alignments; do
        if [ $((alignment)) -lt 16384 ]; then
            echo "$library is aligned to $((alignment)) bytes, less than 16 KiB" >&2
            exit 1
        fi
    done
    echo "$(basename "$library"): aligned for pages of 16 KiB"
done
