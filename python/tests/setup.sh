# What the Python suites share: the tools, the wheel, and a fresh virtual environment that holds it. Sourced, never run.

# need_python: a Python with venv, and the tools in a virtual environment that is kept between runs. Sets $tools.
need_python() {
    need_rust
    local python=python3 wanted=python/tests/requirements.txt
    if ! have python3 || ! python3 -c 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
        can_install || missing "Python 3.9 or newer with venv" "install python3 and python3-venv with the system's package manager"
        install_packages python3 python3-venv
    fi
    tools="${XDG_CACHE_HOME:-$HOME/.cache}/converge/python"
    if ! cmp -s "$wanted" "$tools/requirements.txt" || ! "$tools/bin/python" -c '' 2>/dev/null; then
        echo "setting up $tools"
        rm -rf "$tools"
        "$python" -m venv "$tools"
        "$tools/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
        cp "$wanted" "$tools/requirements.txt"
    fi
}

# build_wheel FOLDER: builds the wheel into FOLDER, which is emptied first. Sets $wheel.
build_wheel() {
    rm -rf "$1"
    "$tools/bin/maturin" build --quiet --release --locked --manifest-path python/Cargo.toml --out "$1" >"$1.log" 2>&1 || { cat "$1.log" >&2; return 1; }
    wheel="$(ls "$1"/*.whl)"
}

# fresh_environment FOLDER: a new virtual environment that holds the wheel, and sees the tools but nothing else.
fresh_environment() {
    empty_environment "$1"
    "$tools/bin/pip" --python "$1/bin/python" install --quiet --disable-pip-version-check --no-deps --no-index "$wheel"
}

# empty_environment FOLDER: a new virtual environment that sees the tools but nothing else.
empty_environment() {
    "$tools/bin/python" -m venv --without-pip "$1"
    local site
    site="$("$tools/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    echo "$site" >"$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tools.pth"
}

# from_source SDIST FOLDER: what pip makes of the sdist works, without the repository. In the dev profile, since its dependencies are built already, and
# with the calls that panic, so that one more build serves both.
from_source() {
    empty_environment "$2"
    PATH="$tools/bin:$PATH" MATURIN_PEP517_ARGS="--profile dev --features test-hooks" "$tools/bin/pip" --python "$2/bin/python" install --quiet \
        --disable-pip-version-check --no-deps --no-index --no-build-isolation "$1"
    (cd "$2" && bin/python -c '
import convergedb
with convergedb.open("notes.db") as doc:
    doc.insert("notes", "1", {"title": "from source"})
    print(convergedb.__version__, doc.query("SELECT title FROM notes").rows)
') | grep -F "('from source',)"
}
