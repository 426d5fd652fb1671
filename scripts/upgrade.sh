#!/usr/bin/env bash
# Walks rolling upgrades: an earlier version and this one, side by side on one PostgreSQL. Two versions are walked, which
# may be the same: the one before this, and the newest whose schema this one has to bring up to date.
#
# The version before is the newest commit of the main line whose sources are not the ones that lie here. Binaries are
# built into the same target folder, so that only the workspace's own crates are built anew, and kept for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
kept=$target/upgrade
mkdir -p "$kept"

# Prints the newest commit in which these folders are not as they are here, if it can serve; else nothing.
newest_with_other() { # FOLDER…
    local commit
    git rev-parse --git-dir >/dev/null 2>&1 || return 0
    for commit in $(git rev-list --first-parent HEAD); do
        if ! git diff --quiet "$commit" -- "$@"; then
            git grep -qw Serve "$commit" -- crates/server/src && echo "$commit"
            return 0
        fi
    done
}

# Prints the newest commit whose schema is behind this one, if it can serve. Since it was made, steps must only have been
# added: a commit with the draft of a step that was changed before it was released is passed over.
newest_with_older_schema() {
    local commit
    git rev-parse --git-dir >/dev/null 2>&1 || return 0
    for commit in $(git rev-list --first-parent HEAD); do
        if ! git diff --quiet "$commit" -- migrations &&
            [[ -z $(git diff --name-only --diff-filter=a "$commit" -- migrations) ]]; then
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

build_earlier() { # COMMIT COPY
    local sources=$kept/sources
    rm -rf "$sources"
    mkdir "$sources"
    # Not `git worktree`, which would leave a trace in the repository. With the time of now, or cargo would think that
    # what it built of another commit is newer than these sources.
    git archive "$1" | tar --extract --touch --directory "$sources"
    build "$sources/Cargo.toml" "$2"
    rm -rf "$sources"
    if cmp --silent "$2" "$kept/bailiwick"; then
        rm "$2"
        echo 'Both binaries are the same: that of the earlier version was not built' >&2
        return 1
    fi
}

walk() { # BINARY
    BAILIWICK_PREVIOUS_BIN=$1 BAILIWICK_BIN=$kept/bailiwick scripts/with-postgres.sh "$target/debug/upgrade"
}

walk_from() { # COMMIT
    local binary=$kept/bailiwick-$1
    [[ -x $binary ]] || build_earlier "$1" "$binary"
    echo "From $(git log -1 --format='%h, %s' "$1")"
    walk "$binary"
}

build Cargo.toml "$kept/bailiwick"
cargo build --quiet -p journeys --bin upgrade
before=$(newest_with_other crates migrations)
older=$(newest_with_older_schema)
for binary in "$kept"/bailiwick-*; do
    [[ $binary == "$kept/bailiwick-$before" || $binary == "$kept/bailiwick-$older" ]] || rm -f "$binary"
done

if [[ -z $before ]]; then
    echo 'No earlier version with a server is in this repository (a shallow clone?): this version is walked beside itself.'
    walk "$kept/bailiwick"
else
    [[ $before == "$older" ]] || walk_from "$before"
fi
if [[ -n $older ]]; then
    export BAILIWICK_MUST_MIGRATE=1
    walk_from "$older"
fi
