"""How long a shell in a terminal takes from Enter to its next prompt, in milliseconds, the median of many.

prompt.py COMMANDS SHELL [ARGUMENT]...   its prompt is @ready@
A person does not type without a pause: what runs beside the prompt has ended before the next line is typed.
"""

import os
import pty
import select
import statistics
import sys
import time

PROMPT = b"@ready@"
PAUSE = 0.15
PATIENCE = 60
# Some shells ask what terminal this is, and wait for the answer.
QUESTIONS = (b"\x1b[c", b"\x1b[0c")
ANSWER = b"\x1b[?62;22c"


def read(terminal):
    part = os.read(terminal, 65536)
    if any(question in part for question in QUESTIONS):
        os.write(terminal, ANSWER)
    return part


def until_prompt(terminal):
    """Reads until the prompt is drawn."""
    seen, end = b"", time.monotonic() + PATIENCE
    while PROMPT not in seen:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"no prompt in {seen!r}")
        seen += read(terminal)


def settle(terminal):
    """Lets everything end that was begun, and forgets what was drawn meanwhile."""
    end = time.monotonic() + PAUSE
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            read(terminal)


def main():
    count, command = int(sys.argv[1]), sys.argv[2:]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    until_prompt(terminal)
    settle(terminal)
    took = []
    for number in range(count):
        begun = time.perf_counter()
        os.write(terminal, b": %d\r" % number)
        until_prompt(terminal)
        took.append((time.perf_counter() - begun) * 1000)
        settle(terminal)
    os.write(terminal, b"exit\r")
    os.close(terminal)
    os.waitpid(child, 0)
    print(statistics.median(took))


main()
