#!/usr/bin/env bash
# Runs a command beside a PostgreSQL of its own, on a temporary folder and a free port:
#
#   scripts/with-postgres.sh [--durable] [--tls FOLDER] COMMAND…
#
# The command finds it in BAILIWICK_TEST_DATABASE_URL, whose user may create databases. It keeps nothing and so need not
# wait for the disk; with --durable it does, as in production, for whoever measures. With --tls it has the certificate
# server.pem and the key server.key of the folder.
set -euo pipefail

durable=no
if [[ ${1-} == --durable ]]; then
    durable=yes
    shift
fi
tls=''
if [[ ${1-} == --tls ]]; then
    tls=${2-}
    shift 2
fi
if (($# == 0)); then
    echo "usage: ${0##*/} [--durable] [--tls FOLDER] COMMAND…" >&2
    exit 2
fi

# Debian keeps the server's programs out of PATH; any version will do.
for folder in /usr/lib/postgresql/*/bin; do
    [[ -x $folder/initdb ]] && programs=$folder
done
if [[ -z ${programs-} ]]; then
    programs=$(dirname "$(command -v initdb || true)")
fi
if [[ ! -x $programs/initdb ]]; then
    echo "PostgreSQL's initdb is neither in /usr/lib/postgresql nor in PATH: run scripts/setup-test-tools.sh" >&2
    exit 1
fi

# Not TMPDIR: others may not enter it, and the path of a socket has to be short.
folder=$(mktemp -d /tmp/bailiwick-postgres.XXXXXX)
server=''

stop() {
    # The folder goes away, so nothing has to be saved: at once (SIGQUIT).
    if [[ -n $server ]] && kill -QUIT "$server" 2>/dev/null; then
        wait "$server" 2>/dev/null || true
    fi
    server=''
}
cleanup() {
    stop
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "$password" >"$folder/password"

# PostgreSQL refuses to run as root.
as_user=()
if ((EUID == 0)); then
    user=$(id -un postgres 2>/dev/null || echo nobody)
    chown -R "$user" "$folder"
    as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups --)
fi

# MD5 is no protection, but quick: tests connect often, and the server lives for minutes on the loopback address.
if ! (cd "$folder" && "${as_user[@]}" "$programs/initdb" --pgdata="$folder/data" --username=bailiwick \
    --pwfile="$folder/password" --auth-local=trust --auth-host=md5 --encoding=UTF8 --locale=C.UTF-8 \
    --no-sync) >"$folder/initdb.log" 2>&1; then
    cat "$folder/initdb.log" >&2
    exit 1
fi

settings=(-c listen_addresses=127.0.0.1 -c "unix_socket_directories=$folder" -c max_connections=300)
if [[ $durable == no ]]; then
    settings+=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off)
else
    # As docs/OPERATING.md advises: what PostgreSQL's own defaults are for is a machine of 1 GB.
    settings+=(-c shared_buffers=2GB -c max_wal_size=4GB)
fi

if [[ -n $tls ]]; then
    # PostgreSQL only takes a key that is its own and nobody else's.
    owner=$(stat --format %U "$folder/data")
    install --owner="$owner" --mode=0600 "$tls/server.pem" "$tls/server.key" "$folder/data"
    settings+=(-c ssl=on -c ssl_cert_file=server.pem -c ssl_key_file=server.key)
fi

# Starts the server on a port and waits until it answers. Fails if it ended, as it does where the port is taken.
answers_on() {
    (cd "$folder" && exec "${as_user[@]}" "$programs/postgres" -D "$folder/data" -p "$1" "${settings[@]}") \
        >"$folder/server.log" 2>&1 &
    server=$!
    for _ in {1..300}; do
        "$programs/pg_isready" --quiet --host=127.0.0.1 --port="$1" --username=bailiwick && break
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
    # What answers may be another's server, while ours has ended.
    kill -0 "$server" 2>/dev/null && "$programs/pg_isready" --quiet --host="$folder" --port="$1"
}

for _ in {1..10}; do
    port=$((20000 + RANDOM % 12000))
    answers_on "$port" && break
    stop
done
if [[ -z $server ]]; then
    cat "$folder/server.log" >&2
    echo "PostgreSQL did not start" >&2
    exit 1
fi

export BAILIWICK_TEST_DATABASE_URL="postgres://bailiwick:$password@127.0.0.1:$port/postgres"
PATH=$PATH:$programs "$@"
