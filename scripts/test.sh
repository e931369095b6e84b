#!/usr/bin/env bash
# The tests, as many files at a time as there are cores; arguments are pytest's, as in
# `scripts/test.sh tests/test_docs.py -k links`.
set -euo pipefail
cd "$(dirname "$0")/.."

# A process a core, with a thread each: the networks of the tests gain nothing from more.
export OMP_NUM_THREADS=1
pytest --numprocesses auto --dist loadfile "$@"
