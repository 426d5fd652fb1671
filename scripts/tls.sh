#!/usr/bin/env bash
# Asks the real server how it speaks TLS: sslyze holds it against Mozilla's "intermediate" profile, and openssl tries what
# must not work. The certificate is of an authority of our own, which sslyze is told of.
#
#   scripts/tls.sh
#
# BAILIWICK_TOOLS               where sslyze is                                (default: target/tools)
set -euo pipefail
cd "$(dirname "$0")/.."

sslyze=${BAILIWICK_TOOLS:-target/tools}/bin/sslyze
if [[ ! -x $sslyze ]]; then
    echo "sslyze is missing: run scripts/setup-test-tools.sh" >&2
    exit 1
fi

cargo build --quiet -p bailiwick
bailiwick=${CARGO_TARGET_DIR:-target}/debug/bailiwick

folder=$(mktemp -d)
readonly folder
server=''
cleanup() {
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

certificate() { # NAME DAYS MORE…
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$2" -subj "/CN=$1" \
        -keyout "$folder/$1.key" -out "$folder/$1.pem" "${@:3}" 2>/dev/null
}
certificate authority 365 -addext keyUsage=critical,keyCertSign
certificate localhost 90 -CA "$folder/authority.pem" -CAkey "$folder/authority.key" \
    -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost \
    -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=serverAuth
cat "$folder/authority.pem" >>"$folder/localhost.pem"
chmod 600 "$folder/localhost.key"

export BAILIWICK_DATA_DIR=$folder/data BAILIWICK_SERVER__LISTEN=127.0.0.1:0 BAILIWICK_LOG__LEVEL=warn
export BAILIWICK_SERVER__TLS_CERT=$folder/localhost.pem BAILIWICK_SERVER__TLS_KEY=$folder/localhost.key
mkfifo "$folder/line"
"$bailiwick" serve >"$folder/line" 2>"$folder/server.log" &
server=$!
# The pipe stays open, so that whatever the program prints later has somewhere to go.
exec {line}<>"$folder/line"
until read -r -t 1 said <&"$line"; do
    kill -0 "$server" 2>/dev/null || { cat "$folder/server.log" >&2; exit 1; }
done
if [[ $said != 'listening on https://127.0.0.1:'* ]]; then
    echo "another first line: $said" >&2
    exit 1
fi
readonly port=${said##*:}

passed=0 failed=0
must() { # WHAT COMMAND…
    if "${@:2}" >"$folder/answer" 2>&1; then
        printf 'ok      %s\n' "$1"
        passed=$((passed + 1))
    else
        printf 'FAILED  %s\n' "$1"
        sed 's/^/        /' "$folder/answer"
        failed=$((failed + 1))
    fi
}

# Shakes hands and no more. Fails if that does not work. SECLEVEL=0: our own openssl must not be what refuses.
shake() { # OPTIONS…
    openssl s_client -connect "127.0.0.1:$port" -servername localhost -CAfile "$folder/authority.pem" \
        -verify_return_error "$@" </dev/null
}
# It must be the server that refuses, with an alert: an openssl that cannot ask proves nothing.
shake_not() {
    ! shake -cipher 'ALL:@SECLEVEL=0' "$@" >"$folder/shaken" 2>&1 && grep --quiet ' alert ' "$folder/shaken" || {
        cat "$folder/shaken"
        return 1
    }
}
shake_to() { # WORDS OPTIONS…
    shake "${@:2}" >"$folder/shaken" 2>&1 && grep --fixed-strings --quiet "$1" "$folder/shaken" || {
        cat "$folder/shaken"
        return 1
    }
}
profile() {
    "$sslyze" --mozilla_config=intermediate --certinfo_ca_file="$folder/authority.pem" \
        "localhost:$port" >"$folder/profile" && grep --quiet ': OK - Compliant' "$folder/profile" || {
        cat "$folder/profile"
        return 1
    }
}

must 'TLS 1.3 works, and the certificate is proof' shake_to 'Verify return code: 0 (ok)' -tls1_3
must 'TLS 1.2 works' shake_to 'Protocol  : TLSv1.2' -tls1_2
must 'HTTP/2 is chosen where it is offered' shake_to 'ALPN protocol: h2' -alpn h2,http/1.1
must 'HTTP/1.1 is chosen where it is all that is offered' shake_to 'ALPN protocol: http/1.1' -alpn http/1.1
must 'TLS 1.1 is refused' shake_not -tls1_1
must 'TLS 1.0 is refused' shake_not -tls1
must 'key exchange without forward secrecy is refused' shake_not -tls1_2 -cipher 'kRSA:@SECLEVEL=0'
must 'ciphers without authentication (CBC) are refused' shake_not -tls1_2 -cipher 'ECDHE+AES+SHA256:ECDHE+AES+SHA384:ECDHE+AES+SHA1:@SECLEVEL=0'
must 'sslyze: the intermediate profile of Mozilla' profile

printf '%d passed, %d failed\n' "$passed" "$failed"
exit $((failed > 0))
