# about: the demo, twice: exit code, 80 columns, equal digests, nothing lost by a kill, nothing left behind

suite() {
    need_rust
    local out run digests first="" acknowledged found
    out="$(mktemp -d)"
    # shellcheck disable=SC2064
    trap "rm -rf '$out'" EXIT
    for run in 1 2; do
        mkdir "$out/folders"
        TMPDIR="$out/folders" cargo run --quiet --release --example offline_sync >"$out/$run"
        # It removes the folder of its files.
        rmdir "$out/folders"
        if [ "$run" = 1 ]; then cat "$out/$run"; fi
        if LC_ALL=C grep -n '[^ -~]' "$out/$run"; then echo "run $run prints more than plain text" >&2; return 1; fi
        if awk 'length > 80 { print FILENAME ": " $0; wide = 1 } END { exit !wide }' "$out/$run"; then
            echo "run $run prints lines of more than 80 columns" >&2
            return 1
        fi
        digests="$(grep -oE '\b[0-9a-f]{64}\b' "$out/$run")"
        [ "$(wc -l <<<"$digests")" -eq 2 ] || { echo "run $run prints no two digests" >&2; return 1; }
        [ "$(sort -u <<<"$digests" | wc -l)" -eq 1 ] || { echo "run $run ends in two states" >&2; return 1; }
        acknowledged="$(sed -nE 's/^ +acknowledged: +([0-9,]+) rows.*/\1/p' "$out/$run" | tr -d ,)"
        found="$(sed -nE 's/^ +found in the file: +([0-9,]+) of them.*/\1/p' "$out/$run" | tr -d ,)"
        grep -q 'the writer ended with signal: 9' "$out/$run" || { echo "run $run killed no writer" >&2; return 1; }
        [ "${acknowledged:-0}" -ge 200 ] || { echo "run $run killed the writer before it wrote" >&2; return 1; }
        [ "$acknowledged" = "$found" ] || { echo "run $run lost what was acknowledged" >&2; return 1; }
        first="${first:-$digests}"
        [ "$digests" = "$first" ] || { echo "the two runs end in different states" >&2; return 1; }
    done
    echo "both runs end equal"
}
