#!/usr/bin/env bash
# Wall-clock medians of starting up: an empty zx script, --help, and a client dry run. bench/start.sh [RUNS]
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-9}
empty=$(mktemp --suffix=.mts)
trap 'rm -f "$empty"' EXIT

median() {
  for _ in $(seq "$runs"); do
    from=$(date +%s%N)
    "$@" >/dev/null 2>&1
    echo $((($(date +%s%N) - from) / 1000000))
  done | sort -n | sed -n "$((runs / 2 + 1))p"
}

echo "empty script    $(median npx zx "$empty") ms"
echo "--help          $(median npx zx deploy.mts --help) ms"
echo "--dry-run=client $(median npx zx deploy.mts --tag abc --set domain=bench.localhost --dry-run=client) ms"
