"""The stage: a cluster of one node, and what tests say in it. It uses the pieces of the suites for clients and images too."""

import sys

from kit.places import ROOT

# `suite`, `roster` and `tools`; and `storage`.
sys.path += [str(ROOT / "tests/clients"), str(ROOT / "tests/image/kit")]
