#!/usr/bin/env bash
# Everything that is checked without running the program.
set -euo pipefail
cd "$(dirname "$0")/.."

ruff check .
ruff format --check .
mypy --strict ganimate
lint-imports
