"""Processes that a test started, found by a mark in their environment, and how they end."""

import contextlib
import signal
import time

import psutil

__all__ = ["SOON", "alive", "end_soon", "wait_for"]

SOON = 20.0  # seconds; a fraction of one where nothing else runs
SECOND = 1.0  # of computing, which is no longer where others compute, too


def alive(marked):
    """The processes that have the mark in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MARK") == marked and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def wait_for(condition, seconds):
    begin = time.monotonic()
    while time.monotonic() < begin + seconds:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def computed(marked):
    """The seconds that each process with the mark has computed."""
    found = {}
    for pid in alive(marked):
        with contextlib.suppress(psutil.Error):
            times = psutil.Process(pid).cpu_times()
            found[pid] = times.user + times.system
    return found


def end_soon(marked, process, name):
    """Whether after the signal all that a process started ends, and none of it computes for a second more,
    though it would without an end. What does not end is killed, so that a test that fails does not hang."""
    before = computed(marked)
    seen = dict(before)
    process.send_signal(getattr(signal, name))

    def ended():
        now = computed(marked)
        seen.update(now)
        return not now

    ended_all = wait_for(ended, SOON)
    for pid in seen if not ended_all else ():
        with contextlib.suppress(psutil.Error):
            psutil.Process(pid).kill()
    more = {pid: seen[pid] - before[pid] for pid in before if pid != process.pid}
    return ended_all and max(more.values(), default=0.0) < SECOND
