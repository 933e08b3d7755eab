"""How a peer talks: lines of JSON on standard input and output, as in participant.ts."""

import json
import sys
import time

INSTALL = "python3 -m venv bench/.venv && bench/.venv/bin/pip install -r bench/requirements.txt"


def say(reply):
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


def give_up(error):
    """Says what is missing, and ends."""
    say({"missing": f"{INSTALL} ({error})"})
    sys.exit()


def answer_questions(version, clipped, unclipped):
    """Runs steps as asked until standard input ends; a step takes the learning rate and returns the loss before it."""
    say({"version": version})
    for line in sys.stdin:
        question = json.loads(line)
        step = clipped if question["clip"] else unclipped
        losses, milliseconds = [], []
        for _ in range(question["steps"]):
            start = time.perf_counter()
            losses.append(step(question["learningRate"]))
            milliseconds.append((time.perf_counter() - start) * 1e3)
        say({"losses": losses, "milliseconds": milliseconds})
