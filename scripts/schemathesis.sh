#!/usr/bin/env bash
# Asks the real server everything that its OpenAPI description allows, and much that it does not. No answer may be 5xx or
# undocumented, and nothing wrong may be taken.
#
#   scripts/schemathesis.sh [sqlite] [postgres]      (default: sqlite, and postgres where BAILIWICK_TEST_DATABASE_URL is)
#
# BAILIWICK_TEST_DATABASE_URL   a PostgreSQL server; scripts/with-postgres.sh starts one
# BAILIWICK_TOOLS               where schemathesis is, or is installed        (default: target/tools)
set -euo pipefail
cd "$(dirname "$0")/.."

here=$PWD
readonly here
readonly SEED=20260901
readonly PYTHON_TOOLS=(cryptography==50.0.2 schemathesis==4.32.5)

engines=("$@")
if ((${#engines[@]} == 0)); then
    engines=(sqlite ${BAILIWICK_TEST_DATABASE_URL:+postgres})
fi

python=${BAILIWICK_TOOLS:-target/tools}/python
if [[ ! -x $python/bin/schemathesis ]]; then
    echo "installing ${PYTHON_TOOLS[*]}" >&2
    python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check "${PYTHON_TOOLS[@]}"
fi
python=$(cd "$python" && pwd)

cargo build --quiet -p bailiwick
bailiwick=${CARGO_TARGET_DIR:-target}/debug/bailiwick

folder=$(mktemp -d)
readonly folder
running=()
database=''

# Stops what this script started, by process id.
stop() {
    for process in "${running[@]}"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    running=()
    if [[ -n $database ]]; then
        psql --quiet "$BAILIWICK_TEST_DATABASE_URL" --command "DROP DATABASE $database WITH (FORCE)"
        database=''
    fi
}
cleanup() {
    stop
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Starts a program and puts the first line that it prints into `said`. Fails if it ends before.
start() { # LOG COMMAND...
    local log=$1
    shift
    rm -f "$folder/line"
    mkfifo "$folder/line"
    "$@" >"$folder/line" 2>"$log" &
    running+=($!)
    # The pipe stays open, so that whatever the program prints later has somewhere to go.
    exec {line}<>"$folder/line"
    until read -r -t 1 said <&"$line"; do
        kill -0 "${running[-1]}" 2>/dev/null || { cat "$log" >&2; return 1; }
    done
}

of_json() { # FIELD
    "$python/bin/python" -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

serve() { # ENGINE
    export BAILIWICK_DATA_DIR=$folder/$1 BAILIWICK_SERVER__LISTEN=127.0.0.1:0 BAILIWICK_LOG__LEVEL=warn
    export BAILIWICK_EXPOSURE__GITLAB_REVOCATION_SECRET=shared-with-gitlab
    unset BAILIWICK_DATABASE__URL
    if [[ $1 == postgres ]]; then
        database=api_check_$$
        psql --quiet "$BAILIWICK_TEST_DATABASE_URL" --command "CREATE DATABASE $database"
        export BAILIWICK_DATABASE__URL=${BAILIWICK_TEST_DATABASE_URL%/*}/$database
    fi
    start "$folder/keys.log" "$python/bin/python" scripts/api/github.py "$folder"
    export BAILIWICK_EXPOSURE__GITHUB_KEYS_URL=$said BAILIWICK_EXPOSURE__GITLAB_KEYS_URL=$said
    export BAILIWICK_OUTGOING__ALLOWED=127.0.0.1
    key=$("$bailiwick" operator-key create --name schemathesis --scopes verify,manage,portal,security | of_json secret)
    start "$folder/server.log" "$bailiwick" serve
    url=${said#listening on }
}

# The keys stand in a file, not in the arguments, which every user of the machine can read.
configure() { # [KEY SECRET]
    cp scripts/api/schemathesis.toml "$folder/schemathesis.toml"
    if (($#)); then
        printf '\n[auth.openapi]\noperator_key = { bearer = "%s" }\ngitlab_secret = { api_key = "%s" }\n' "$@" \
            >>"$folder/schemathesis.toml"
    fi
}

# In a folder of its own, where schemathesis may leave its caches.
ask() { # NAME KEY [MORE...]
    printf '\n== %s\n' "$1"
    (cd "$folder" && env API_CHECK_FOLDER="$folder" API_CHECK_URL="$url" API_CHECK_KEY="$2" \
        PYTHONPATH="$here/scripts/api" PYTHONDONTWRITEBYTECODE=1 \
        "$python/bin/schemathesis" --config-file schemathesis.toml run "$url/openapi.json" --seed "$SEED" \
        --no-color --warnings off "${@:3}") | tee "$folder/answer" || failed=$((failed + 1))
    # "2310 generated, 2310 passed, 214 skipped"
    local generated
    generated=$(sed -nE 's/^ +([0-9]+) generated.*/\1/p' "$folder/answer")
    asked=$((asked + ${generated:-0}))
}

asked=0 failed=0
for engine in "${engines[@]}"; do
    serve "$engine"
    configure "$key" "$BAILIWICK_EXPOSURE__GITLAB_REVOCATION_SECRET"
    ask "$engine, with an operator key" "$key"
    configure
    ask "$engine, without a key" '' --phases examples,coverage,fuzzing --max-examples 10
    stop
done

printf '\n%d requests asked of %s\n%d passed, %d failed\n' \
    "$asked" "${engines[*]}" $((2 * ${#engines[@]} - failed)) "$failed"
exit $((failed > 0))
