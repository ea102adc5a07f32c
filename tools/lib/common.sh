# shellcheck shell=bash
# What the tools share. To be sourced, after `set -euo pipefail`.

# The repository's root, wherever the tool was called from.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
log_dir=$root/var/log
me=${0##*/}

# What runs on this machine is not behind a proxy.
no_proxy=127.0.0.1,localhost${no_proxy:+,$no_proxy}
export no_proxy NO_PROXY=$no_proxy

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "$me" "$*" >&2; }

# die MESSAGE: says it and exits 1. die_usage MESSAGE: the same, exits 2.
die() { warn "$*"; exit 1; }
die_usage() { warn "$*; see $me --help"; exit 2; }

# The comment block on top of the tool is its help.
print_help() { sed -n '2,/^[^#]/ { /^# shellcheck/d; /^#/ s/^# \{0,1\}//p }' "$0"; }

# show_tail LOG [LINES]: the end of a log, indented, on stderr.
show_tail() {
  warn "the end of $1:"
  tail -n "${2:-25}" "$1" 2>/dev/null | sed 's/^/    /' >&2
}

# logged LOG COMMAND...: runs it with its output in LOG only. On failure shows
# the log's end and returns the command's status.
logged() {
  local log=$1 status=0
  shift
  "$@" >>"$log" 2>&1 || status=$?
  ((status == 0)) || show_tail "$log"
  return "$status"
}

# random_hex BYTES
random_hex() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

# build PRESET [TARGET...]: configures and builds in build/PRESET, says how far
# it is every ten seconds, and dies with the log's end on failure. The array
# configure_options adds to the preset.
configure_options=()
build() {
  local preset=$1 log=$log_dir/build-$1.log dir=$root/build/$1 line start=$SECONDS next=10
  shift
  mkdir -p "$log_dir"
  : >"$log"
  cd "$root" || return
  # Ninja itself configures again when a CMakeLists.txt changes, but does not
  # know of the presets.
  if ((${#configure_options[@]})) || [[ ! $dir/build.ninja -nt CMakePresets.json ]]; then
    logged "$log" cmake --preset "$preset" "${configure_options[@]}" ||
      die "cannot configure; the whole log is $log. Is a package missing? tools/setup installs them"
  fi
  cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"} 2>&1 |
    while IFS= read -r line; do
      printf '%s\n' "$line" >>"$log"
      if ((SECONDS - start >= next)) && [[ $line =~ ^\[[0-9]+/[0-9]+\] ]]; then
        say "  ${BASH_REMATCH[0]} after $((SECONDS - start)) s"
        next=$((SECONDS - start + 10))
      fi
    done || {
    show_tail "$log" 40
    die "the build failed; the whole log is $log"
  }
}
