"""`make bench`: measures wisp against a bare hyper server and writes docs/performance.md."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import measure
import report
from processes import Bench

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("wrk", "valgrind", "taskset")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin-dir", type=Path, required=True, help="where `wisp` and `bare-hyper` are")
    parser.add_argument("--wispctl", type=Path, default=ROOT / "target/tools/wispctl", help="has the Entra emulator")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/performance.md", help="the page to write")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of load")
    parser.add_argument("--starts", type=int, default=60, help="how often each kind of start is timed")
    parser.add_argument("--check", action="store_true", help="exit 1 when a bar is missed that is not a time")
    return parser.parse_args()


def main():
    options = arguments()
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        sys.exit(f"bench: not installed: {', '.join(missing)}")
    wisp, bare = options.bin_dir / "wisp", options.bin_dir / "bare-hyper"
    with tempfile.TemporaryDirectory(prefix="wisp-bench-") as folder, Bench(
        wisp, bare, options.wispctl, Path(folder)
    ) as bench:
        found = {
            "rounds": options.rounds,
            "size": wisp.stat().st_size,
            "bare_size": bare.stat().st_size,
            "body": len(bench.body.read_bytes()),
        }
        say("start")
        found["starts"] = measure.starts(bench, options.starts)
        found["exchange"] = bench.exchange_seconds(options.starts)
        say("instructions")
        found["instructions"] = measure.instructions(bench)
        say("load")
        found["load"], found["memory"] = measure.load(bench, options.rounds)
    options.out.write_text(report.document(found))
    print(report.bars_table(found))
    missed = [bar.what for bar in report.bars(found) if not bar.timed and not bar.met()]
    if options.check and missed:
        sys.exit(f"bench: missed: {'; '.join(missed)}")


def say(what):
    print(f"measuring: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
