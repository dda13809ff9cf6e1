"""Where things are, and what rules and cases say."""

import pathlib
import subprocess

import yaml

REPOSITORY = pathlib.Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy/monitoring"
PROMETHEUS = REPOSITORY / "target/prometheus/usr/bin/prometheus"
PROMTOOL = REPOSITORY / "target/prometheus/usr/bin/promtool"
RULES = DEPLOY / "rules.yaml"


def groups():
    return yaml.safe_load(RULES.read_text())["groups"]


def alerts():
    return {rule["alert"]: rule for group in groups() for rule in group["rules"] if "alert" in rule}


def promtool(*words):
    """What it prints of what it finds well."""
    done = subprocess.run([PROMTOOL, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
