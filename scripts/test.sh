#!/usr/bin/env bash
# Everything that must hold before a change is taken, in order; it ends at the first step that fails. Lastly it prints
# what ran. Call it as `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each step is a function below.
readonly STEPS=(tools format lints sqlite postgres examples scanners supply api tls browser upgrade)

BAILIWICK_TOOLS=$(mkdir -p "${BAILIWICK_TOOLS:-target/tools}" && cd "${BAILIWICK_TOOLS:-target/tools}" && pwd)
export BAILIWICK_TOOLS
export PATH=$BAILIWICK_TOOLS/bin:$PATH
# The output is read below.
export CARGO_TERM_COLOR=never NO_COLOR=1

tools() { scripts/setup-test-tools.sh; }
format() { cargo fmt --all --check && cargo fmt --manifest-path browser/Cargo.toml --check; }
lints() { cargo clippy --workspace --all-targets -- -D warnings && scripts/browser.sh lint; }
sqlite() { env -u BAILIWICK_TEST_DATABASE_URL cargo nextest run --workspace; }
postgres() { scripts/with-postgres.sh cargo nextest run --workspace; }
examples() { cargo test --workspace --doc; }
scanners() { scripts/scanners/check.sh; }
supply() { scripts/supply/check.sh; }
api() { scripts/with-postgres.sh scripts/schemathesis.sh; }
tls() { scripts/tls.sh; }
browser() { scripts/with-postgres.sh scripts/browser.sh; }
upgrade() { scripts/upgrade.sh; }

output=$(mktemp)
readonly output
passed=0 failed=0 skipped=0
rows=()

# Adds up the numbers before a word, over the closing lines of nextest, of cargo test, and of our scripts.
count() { # WORD
    awk -v "word=^$1[,;]?\$" '
        /^ +Summary \[|^test result: |^[0-9]+ passed, / { for (i = 2; i <= NF; i++) if ($i ~ word) sum += $(i - 1) }
        END { print sum + 0 }' "$output"
}

note() { # STEP STATUS SECONDS
    local good bad left state=ok
    good=$(count passed) bad=$(count failed) left=$(($(count skipped) + $(count ignored)))
    # A step without a count, and one that fails before it counts, is one thing that holds or does not.
    if (($2 != 0)); then
        state=FAILED
        ((bad > 0)) || bad=1
    elif ((good == 0)); then
        good=1
    fi
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
    rows+=("$(printf '%-10s %-8s %7s %7s %8s %6ss' "$1" "$state" "$good" "$bad" "$left" "$3")")
}

summary() {
    local step
    rm -f "$output"
    printf '\n%-10s %-8s %7s %7s %8s %7s\n' step '' passed failed skipped time
    printf '%s\n' "${rows[@]}"
    for step in "${STEPS[@]:${#rows[@]}}"; do
        printf '%-10s %s\n' "$step" 'did not run'
    done
    printf '\n%d passed, %d failed' "$passed" "$failed"
    ((skipped == 0)) || printf ', %d skipped' "$skipped"
    printf '\n'
}
trap summary EXIT

for step in "${STEPS[@]}"; do
    printf '\n== %s\n' "$step"
    started=$SECONDS status=0
    "$step" </dev/null 2>&1 | tee "$output" || status=$?
    note "$step" "$status" $((SECONDS - started))
    ((status == 0)) || exit "$status"
done
