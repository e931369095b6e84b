#!/usr/bin/env bash
# Lays the code out, and mends what ruff can mend by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

ruff check --fix .
ruff format .
