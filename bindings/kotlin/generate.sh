#!/usr/bin/env bash
# generate.sh BINDGEN LIBRARY FOLDER: generates the Kotlin that calls the library into FOLDER, all of it internal to the module: the
# generator makes it public, and it is no API of ours.
set -euo pipefail
bindgen="$1" library="$2" folder="$3"
made="$folder.made"
rm -rf "$made"
"$bindgen" generate --library "$library" --language kotlin --out-dir "$made" --no-format >/dev/null
file=dev/convergedb/ffi/converge_uniffi.kt

# A declaration of the file's own stands at the start of a line, or a function behind its comment or `@Throws`. Whatever this forgets does
# not compile: the compiler asks for the visibility of all that is public.
kind='(open |abstract |sealed |data |enum |inline )*(class|interface|object|fun|val|var|typealias)'
sed -i -E -e "s/^(public )?($kind[ <])/internal \\2/" -e 's/^( *\*\/| *@Throws\([A-Za-z]*::class\)) fun `/\1 internal fun `/' \
    -e '1,5s/@file:Suppress\(/&"unused", "RedundantVisibilityModifier", /' "$made/$file"
if grep -nE '^ *public ' "$made/$file"; then
    echo "generate.sh: these declarations of the generated code are still public" >&2
    exit 1
fi
[ "$(grep -cE '^internal ' "$made/$file")" -gt 100 ] || { echo "generate.sh: what was generated is not as expected" >&2; exit 1; }

# An unchanged file keeps its time, so that nothing is compiled again for it.
mkdir -p "$folder/$(dirname "$file")"
cmp -s "$made/$file" "$folder/$file" || mv "$made/$file" "$folder/$file"
rm -rf "$made"
