"""Times our model and every peer's in turn and prints what came out.

compare.py FOLDER MMRL_RUN MODEL COSINE CENTRED [--rounds N] [--seconds S] [--setting BATCHxTHREADS ...]

Each run is a process of its own; a round runs every candidate once, so that what else the machine does falls on all of
them. A candidate's time is the median over rounds of its runs' medians. `others` is how many cores other processes used at most
during its runs: far from 0, the figures are worth little.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
OURS = "mmrl"
PEERS = ["ort_dynamic", "ort_static", "openvino_f32", "openvino_bf16", "litert"]
# Batch and threads.
SETTINGS = ["1x2", "1x1", "8x2"]


def busy_seconds():
    """CPU time of all processes since the machine started."""
    fields = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    user, nice, system, _, _, irq, softirq, _ = fields
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def measured(command):
    """The JSON that a command prints last, and how many cores other processes used meanwhile."""
    import resource
    import time

    own = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    busy, children, start = busy_seconds(), own(), time.monotonic()
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    duration = time.monotonic() - start
    others = (busy_seconds() - busy - (own() - children)) / duration
    return json.loads(result.stdout.splitlines()[-1]), others


def run(candidate, options, batch, threads):
    if candidate == OURS:
        command = [options.mmrl_run, "bench", "--json", "--model", options.model, "--batch", batch,
                   "--threads", threads, "--seconds", options.seconds]
        result, others = measured([str(part) for part in command])
        return {"ms": result["median_ms"], "cosine": options.cosine, "centred": options.centred}, others
    command = [sys.executable, HERE / "measure.py", candidate, options.folder, batch, threads, options.seconds]
    return measured([str(part) for part in command])


def compare(options, batch, threads):
    results = {candidate: [] for candidate in [OURS, *PEERS]}
    for _ in range(options.rounds):
        for candidate, runs in results.items():
            result, others = run(candidate, options, batch, threads)
            runs.append({**result, "others": others})
    times = {candidate: [r["ms"] for r in runs] for candidate, runs in results.items()}
    ours = statistics.median(times[OURS])
    print(f"\nbatch {batch}, {threads} thread{'s' if threads > 1 else ''}, {options.rounds} rounds")
    print(f"{'':14} {'ms':>8} {'lowest':>8} {'highest':>8} {'images/s':>9} {'of ours':>8} {'cosine':>8} {'centred':>8} {'others':>7}")
    for candidate in sorted(times, key=lambda c: statistics.median(times[c])):
        values, first = times[candidate], results[candidate][0]
        median, others = statistics.median(values), max(r["others"] for r in results[candidate])
        print(f"{candidate:14} {median:8.1f} {min(values):8.1f} {max(values):8.1f} {1000 * batch / median:9.1f} "
              f"{median / ours:7.2f}x {first['cosine']:8.5f} {first['centred']:8.5f} {others:7.2f}")
    fastest = min(PEERS, key=lambda peer: statistics.median(times[peer]))
    by_round = [theirs / our for theirs, our in zip(times[fastest], times[OURS])]
    print(f"mmrl is {statistics.median(times[fastest]) / ours:.2f} times as fast as {fastest}, the fastest peer "
          f"({min(by_round):.2f} to {max(by_round):.2f} by round)")
    closest = max(PEERS, key=lambda peer: results[peer][0]["cosine"])
    print(f"cosine to float32 over the same pictures: mmrl {options.cosine:.5f}, the best peer {closest} "
          f"{results[closest][0]['cosine']:.5f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("mmrl_run")
    parser.add_argument("model")
    parser.add_argument("cosine", type=float)
    parser.add_argument("centred", type=float)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--setting", action="append", help="batch and threads, such as 8x2; all three without")
    options = parser.parse_args()
    for setting in options.setting or SETTINGS:
        batch, threads = map(int, setting.split("x"))
        compare(options, batch, threads)


main()
