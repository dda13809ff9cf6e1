#!/bin/bash
# all.sh [-together | -alone]: the tests that get on with others, those that do not, or both one after the other, in the cluster that
# run.py has started.
set -eu
cd "$(dirname "$0")/../.."
pytest=(target/venv/bin/pytest -q tests/cluster)
[ "${1:-}" = -alone ] || "${pytest[@]}" --numprocesses 6 -m "not alone"
[ "${1:-}" = -together ] || "${pytest[@]}" -m alone
