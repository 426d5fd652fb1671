#!/usr/bin/env bash
# Journeys of people in a real browser, and whether the pages look well: the tests of browser/, each on a stage of its own.
#
#   scripts/browser.sh [sqlite] [postgres] [-- NEXTEST…]   (default: sqlite, and postgres where BAILIWICK_TEST_DATABASE_URL is)
#   scripts/browser.sh lint                                 clippy alone
#
# BAILIWICK_TEST_DATABASE_URL   a PostgreSQL server; scripts/with-postgres.sh starts one
# BAILIWICK_TOOLS               where axe-core is, or is installed           (default: target/tools)
# BAILIWICK_BROWSER_TARGET      what browser/ is built into                  (default: target/browser-build)
# BAILIWICK_ARTIFACTS           where pictures of the pages are put          (default: target/browser)
set -euo pipefail
cd "$(dirname "$0")/.."

absolute() { # FOLDER
    mkdir -p "$1" && (cd "$1" && pwd)
}

target=$(absolute "${CARGO_TARGET_DIR:-target}")
BAILIWICK_TOOLS=$(absolute "${BAILIWICK_TOOLS:-target/tools}")
BAILIWICK_ARTIFACTS=$(absolute "${BAILIWICK_ARTIFACTS:-target/browser}")
build=$(absolute "${BAILIWICK_BROWSER_TARGET:-target/browser-build}")
readonly target build
export BAILIWICK_TOOLS BAILIWICK_ARTIFACTS BAILIWICK_STAGE=$target/debug/stage PATH=$BAILIWICK_TOOLS/bin:$PATH

if [[ ${1-} == lint ]]; then
    exec cargo clippy --manifest-path browser/Cargo.toml --target-dir "$build" --all-targets --locked -- -D warnings
fi

engines=()
while (($#)) && [[ $1 != -- ]]; do
    engines+=("$1")
    shift
done
(($# == 0)) || shift
if ((${#engines[@]} == 0)); then
    engines=(sqlite ${BAILIWICK_TEST_DATABASE_URL:+postgres})
fi

everything_is_there() {
    command -v chromedriver >/dev/null && [[ -r $BAILIWICK_TOOLS/axe/node_modules/axe-core/axe.min.js ]] &&
        cargo nextest --version >/dev/null 2>&1
}
everything_is_there || scripts/setup-test-tools.sh

cargo build --quiet -p journeys --bin stage
# What an earlier run left would look like this one's.
rm -f "$BAILIWICK_ARTIFACTS"/*.png

play() { # NEXTEST…
    cargo nextest run --cargo-quiet --locked --manifest-path browser/Cargo.toml --target-dir "$build" \
        --config-file .config/nextest.toml "$@"
}

for engine in "${engines[@]}"; do
    printf '\n== %s\n' "$engine"
    case $engine in
        sqlite) (unset BAILIWICK_TEST_DATABASE_URL && play "$@") ;;
        postgres) : "${BAILIWICK_TEST_DATABASE_URL:?names no server}" && play "$@" ;;
        *) echo "usage: $0 [sqlite] [postgres] [-- NEXTEST…] | lint" >&2 && exit 2 ;;
    esac
done
