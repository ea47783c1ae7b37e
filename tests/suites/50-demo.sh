# about: the demo, twice: exit code, 80 columns, equal digests

suite() {
    need_rust
    local out run digests first=""
    out="$(mktemp -d)"
    # shellcheck disable=SC2064
    trap "rm -rf '$out'" EXIT
    for run in 1 2; do
        cargo run --quiet --release --example offline_sync >"$out/$run"
        if [ "$run" = 1 ]; then cat "$out/$run"; fi
        if LC_ALL=C grep -n '[^ -~]' "$out/$run"; then echo "run $run prints more than plain text" >&2; return 1; fi
        if awk 'length > 80 { print FILENAME ": " $0; wide = 1 } END { exit !wide }' "$out/$run"; then
            echo "run $run prints lines of more than 80 columns" >&2
            return 1
        fi
        digests="$(grep -oE '\b[0-9a-f]{64}\b' "$out/$run")"
        [ "$(wc -l <<<"$digests")" -eq 2 ] || { echo "run $run prints no two digests" >&2; return 1; }
        [ "$(sort -u <<<"$digests" | wc -l)" -eq 1 ] || { echo "run $run ends in two states" >&2; return 1; }
        first="${first:-$digests}"
        [ "$digests" = "$first" ] || { echo "the two runs end in different states" >&2; return 1; }
    done
    echo "both runs end equal"
}
