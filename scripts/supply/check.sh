#!/usr/bin/env bash
# What the program is made of: where it comes from, under which licences, and that the bill of materials says so.
#
#   scripts/supply/check.sh licences     cargo-deny: licences, bans, sources, against deny.toml
#   scripts/supply/check.sh sbom         writes target/sbom/bailiwick.cdx.json
#   scripts/supply/check.sh              both, and whether they find what is wrong (a step of `make test`)
#
# Nobody is asked but the registry, for the sources of crates that are not here yet. The list of known vulnerabilities is
# another thing: it lies at GitHub (`make advisories`).
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=${BAILIWICK_TOOLS:-target/tools}
[[ -x $tools/supply/bin/cargo-deny ]] || scripts/setup-test-tools.sh
tools=$(cd "$tools" && pwd)
readonly tools
export PATH=$tools/bin:$PATH
readonly BILL=target/sbom/bailiwick.cdx.json

deny() { # MORE...
    cargo deny --locked "$@"
}

write_bill() { # FILE
    mkdir -p "${1%/*}"
    scripts/supply/sbom.py >"$1"
}

passed=0 failed=0
# Calls something and notes whether it held. What it prints is shown only if it did not.
holds() { # WHAT COMMAND...
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        passed=$((passed + 1))
        printf 'ok    %s\n' "$what"
    else
        failed=$((failed + 1))
        printf '%s\nFAILED %s\n' "$said" "$what"
    fi
}

# With deny.toml changed in one place, a check has to say this, and fail.
finds() { # CHECK SED SAID
    local changed said status=0
    changed=$(mktemp --suffix .toml)
    sed "$2" deny.toml >"$changed"
    said=$(deny --config "$changed" check "$1" 2>&1) && status=1
    rm "$changed"
    ((status == 0)) && grep --quiet -- "$3" <<<"$said"
}

is_repeatable() {
    write_bill "$BILL.again" && cmp "$BILL" "$BILL.again" && rm "$BILL.again"
}

everything() {
    for check in licenses bans sources; do
        holds "cargo deny check $check" deny check "$check"
    done
    holds 'cargo deny check, of browser/' \
        deny --manifest-path browser/Cargo.toml --config "$PWD/deny.toml" check licenses bans sources
    holds 'a licence that is not listed is found' \
        finds licenses '/^  "MIT",$/d' 'license is not explicitly allowed'
    holds 'a crate that is banned is found' \
        finds bans 's/crate = "ring"/crate = "aws-lc-rs"/' "crate 'aws-lc-rs = .*' is explicitly banned"
    holds 'the bill of materials is written' write_bill "$BILL"
    holds 'it is valid and complete' "$tools/supply/bin/python" scripts/supply/look.py "$BILL"
    holds 'it is the same when it is written again' is_repeatable
    holds 'it names no path of this machine' lacks "$PWD" "$BILL"
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0))
}

lacks() { # TEXT FILE
    ! grep --fixed-strings --quiet -- "$1" "$2"
}

case ${1-} in
    licences) deny check licenses bans sources ;;
    sbom) write_bill "$BILL" && echo "$BILL" ;;
    '') everything ;;
    *) echo "usage: $0 [licences | sbom]" >&2 && exit 2 ;;
esac
