#!/bin/bash
# All tests, in the cluster that run.py has started: those that get on with others first, then those that do not.
set -eu
cd "$(dirname "$0")/../.."
pytest=(target/venv/bin/pytest -q tests/cluster "$@")
"${pytest[@]}" --numprocesses 4 -m "not alone"
"${pytest[@]}" -m alone
