# What suites share: how a tool is asked for, installed where that can be done, and named where it cannot. Sourced, never run.

# Where rustup puts cargo; a fresh machine's shell does not know it yet.
case ":$PATH:" in *":$HOME/.cargo/bin:"*) ;; *) PATH="$HOME/.cargo/bin:$PATH" ;; esac

have() { command -v "$1" >/dev/null 2>&1; }

# missing WHAT HOW: names what the suite lacks and how to get it, and ends the suite with the status that means just that.
missing() {
    echo "missing: $1" >&2
    echo "         $2" >&2
    exit 77
}

# can_install: whether this is a Debian-like machine on which we may install.
can_install() { have apt-get && [ "$(id -u)" -eq 0 ]; }

# install_packages PACKAGE...: installs what is not there yet. The lists are fetched only when something is to be installed.
install_packages() {
    local package wanted=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || wanted+=("$package")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    DEBIAN_FRONTEND=noninteractive apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"
}

# need_c_compiler: some dependencies build C code, and rustc links with cc.
need_c_compiler() {
    have cc && return 0
    can_install || missing "a C compiler (cc)" "install gcc or clang with the system's package manager"
    install_packages gcc libc6-dev
}

# offers PACKAGE [VERSION]: whether the package lists hold it, at VERSION or newer.
offers() {
    local candidate
    candidate="$(apt-cache policy "$1" | sed -n 's/^  Candidate: //p')"
    [ -n "$candidate" ] && [ "$candidate" != "(none)" ] && dpkg --compare-versions "$candidate" ge "${2:-0}"
}

# need_rust: cargo and rustc, at least as new as Cargo.toml's rust-version, and a linker.
need_rust() {
    need_c_compiler
    local wanted found
    wanted="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)"
    if ! have cargo && can_install; then
        apt-get update -qq
        # Debian 12 has no rustup and too old a rustc: there nothing is installed, and Rust is named below.
        if offers rustup; then
            install_packages rustup ca-certificates
            rustup toolchain install stable --profile minimal
        elif offers rustc "$wanted"; then
            install_packages cargo rustc ca-certificates
        fi
    fi
    have cargo || missing "Rust $wanted or newer (cargo)" "see https://rustup.rs"
    found="$(rustc --version | cut -d ' ' -f 2)"
    [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
        missing "Rust $wanted or newer (found $found)" "see https://rustup.rs"
}

# need_rust_component COMMAND COMPONENT PACKAGE: a part of the toolchain, such as rustfmt.
need_rust_component() {
    need_rust
    cargo "$1" --version >/dev/null 2>&1 && return 0
    if have rustup && rustup component add "$2"; then return 0; fi
    can_install || missing "cargo $1" "rustup component add $2"
    install_packages "$3"
    cargo "$1" --version >/dev/null 2>&1 || missing "cargo $1" "rustup component add $2"
}

# need_rust_target TARGET: the standard library for another target.
need_rust_target() {
    need_rust
    [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ] && return 0
    if have rustup && rustup target add "$1"; then return 0; fi
    missing "Rust's standard library for $1" "rustup target add $1"
}
