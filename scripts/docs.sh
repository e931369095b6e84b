#!/usr/bin/env bash
# Writes docs/api.md from the docstrings, without importing the code.
set -euo pipefail
cd "$(dirname "$0")/.."

python scripts/make_api_page.py docs/api.md
