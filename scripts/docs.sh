#!/usr/bin/env bash
# Writes what is made from the code: the timeline's schema, and docs/api.md from the docstrings.
# Run it in the environment that `python -m pip install -e '.[dev]'` made.
set -euo pipefail
cd "$(dirname "$0")/.."

python scripts/make_schema.py
python scripts/make_api_page.py docs/api.md
