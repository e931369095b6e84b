#!/usr/bin/env bash
# The tests; arguments are pytest's, as in `scripts/test.sh tests/test_docs.py -k links`.
set -euo pipefail
cd "$(dirname "$0")/.."

pytest "$@"
