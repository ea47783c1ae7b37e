#!/usr/bin/env bash
# snippets.sh FOLDER README...: makes one Kotlin function of the kotlin blocks of each README, in order, as a reader would try them; a test
# runs it.
set -euo pipefail
folder="$1"
shift
rm -rf "$folder"
mkdir -p "$folder"
number=0
for readme in "$@"; do
    number=$((number + 1))
    awk '/^```kotlin$/ { code = 1; next } /^```$/ { code = 0 } code' "$readme" >"$folder/blocks"
    [ -s "$folder/blocks" ] || { echo "snippets.sh: $readme has no kotlin block" >&2; exit 1; }
    {
        echo "package dev.convergedb.readme$number"
        grep -E '^import ' "$folder/blocks" | sort -u
        grep -E '^@Serializable' "$folder/blocks" || true
        echo "fun readme() {"
        grep -vE '^(import |@Serializable)' "$folder/blocks"
        echo "}"
    } >"$folder/Readme$number.kt"
    rm "$folder/blocks"
done
