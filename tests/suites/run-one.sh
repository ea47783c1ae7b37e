#!/usr/bin/env bash
# Runs the suite in the file $1, strictly: its first failing command ends it. Called by tests/run, from the root.
set -euo pipefail
. tests/suites/lib.sh
. "$1"
suite
