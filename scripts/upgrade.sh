#!/usr/bin/env bash
# Walks a rolling upgrade: the version before this one and this one, side by side on one PostgreSQL.
#
# The version before is the newest commit of the main line whose sources are not the ones that lie here. Its binary is
# built into the same target folder, so that only the workspace's own crates are built anew, and kept for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
kept=$target/upgrade
mkdir -p "$kept"

# Prints the commit, or nothing if there is none that can serve.
version_before() {
    local commit
    git rev-parse --git-dir >/dev/null 2>&1 || return 0
    for commit in $(git rev-list --first-parent HEAD); do
        if ! git diff --quiet "$commit" -- crates migrations; then
            git grep -qw Serve "$commit" -- crates/server/src && echo "$commit"
            return 0
        fi
    done
}

# The name under target/debug is whatever was built last, so each binary is copied aside at once.
build() { # MANIFEST COPY
    cargo build --quiet --workspace --bin bailiwick --manifest-path "$1" --target-dir "$target"
    cp "$target/debug/bailiwick" "$2"
}

build_version_before() { # COMMIT COPY
    local sources=$kept/sources
    rm -rf "$sources" "$kept"/bailiwick-*
    mkdir "$sources"
    # Not `git worktree`, which would leave a trace in the repository. With the time of now, or cargo would think that
    # what it built of another commit is newer than these sources.
    git archive "$1" | tar --extract --touch --directory "$sources"
    build "$sources/Cargo.toml" "$2"
    rm -rf "$sources"
}

build Cargo.toml "$kept/bailiwick"
commit=$(version_before)
if [[ -z $commit ]]; then
    echo 'No earlier version with a server is in this repository (a shallow clone?): this version is walked beside itself.'
    before=$kept/bailiwick
else
    before=$kept/bailiwick-$commit
    [[ -x $before ]] || build_version_before "$commit" "$before"
    echo "The version before is $(git log -1 --format='%h, %s' "$commit")"
    if cmp --silent "$before" "$kept/bailiwick"; then
        echo 'Both binaries are the same: the one of the version before was not built' >&2
        exit 1
    fi
fi

cargo build --quiet -p journeys --bin upgrade
BAILIWICK_PREVIOUS_BIN=$before BAILIWICK_BIN=$kept/bailiwick scripts/with-postgres.sh "$target/debug/upgrade"
