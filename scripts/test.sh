#!/usr/bin/env bash
# The tests; arguments are pytest's, as in `scripts/test.sh tests/test_docs.py -k links`. Without any, those
# of the page, which mostly wait for a browser, run beside the others.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -gt 0 ]; then
  pytest "$@"
  exit
fi
said="$(mktemp)"
trap 'rm -f "$said"' EXIT
pytest tests/studio >"$said" 2>&1 &
page=$!
status=0
pytest --ignore tests/studio || status=$?
wait "$page" || status=$?
cat "$said"
exit "$status"
