"""What wisp adds to the time from `kubectl apply` to an application's first token, beside a pod without it that asks nobody."""

import datetime
import statistics

import pytest

from kit.manifests import container, pod
from kit.questions import ASK
from suite.wait import until

TIMES = 5

# The most that may be added, in seconds: the kubelet looks once a second whether an init container has started or ended.
MOST = {"env": 2.0, "redirect": 3.0}


def first_word(space, name, manifest):
    """Seconds from before `kubectl apply` until the application writes its first line."""
    began = datetime.datetime.now(datetime.UTC)
    space.apply(manifest)
    (app,) = [each for each in space.pods() if each.name == name]
    line = until(lambda: space.try_kubectl("logs", name, "--container=app", "--timestamps").stdout, app.describe)
    app.delete("--now")
    return (datetime.datetime.fromisoformat(line.split()[0]) - began).total_seconds()


@pytest.mark.alone
def test_wisp_adds_little(space):
    command = container(command=f"{ASK.replace('169.254.169.254', '$WHERE')} && echo && sleep 60")
    took = {None: [], "env": [], "redirect": []}
    for number in range(TIMES):
        for mode, seconds in took.items():
            name = f"{mode or 'without'}-{number}"
            if mode:
                where = {"env": "127.0.0.1:4254", "redirect": "169.254.169.254"}[mode]
                asking = {**command, "env": [{"name": "WHERE", "value": where}]}
                manifest = space.inject(pod(asking, name=name), "--mode", mode)
            else:
                manifest = pod(container(command="echo up && sleep 60"), name=name)
            seconds.append(first_word(space, name, manifest))
    median = {mode: statistics.median(seconds) for mode, seconds in took.items()}
    print({mode or "without": f"{seconds:.2f} s" for mode, seconds in median.items()})
    for mode, most in MOST.items():
        assert median[mode] - median[None] < most, took
