"""Several files at once: by processes of this computer, or of a Dask cluster's."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import queue
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from nn.grading.judged import Judged, not_judged
from nn.grading.process import JudgeProcess, judged_apart
from nn.grading.submissions import Submission

__all__ = ["judged_by_dask", "judged_here"]

WAITING = 4  # files for each thread of a cluster that are on their way to it
PATIENCE = 30  # seconds to find a cluster

Settings = Mapping[str, Any]
Results = Generator[tuple[Submission, Judged], None, None]


def judged_here(
    todo: Sequence[Submission], settings: Settings, jobs: int, folder: Path | None = None
) -> Results:
    """Judge files, as many at once as there are jobs, each job a process; gives them as they are done.

    Args:
        folder: for temporary files.
    """
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        idle: queue.SimpleQueue[JudgeProcess] = queue.SimpleQueue()
        for _ in range(jobs):
            idle.put(stack.enter_context(JudgeProcess(folder)))

        def judged(submission: Submission) -> Judged:
            process = idle.get()
            try:
                return process.judge(submission.contents(), submission.name, settings)
            except (OSError, ValueError) as error:
                return not_judged(str(error))
            finally:
                idle.put(process)

        futures = {pool.submit(judged, each): each for each in todo}
        for future in as_completed(futures):
            yield futures[future], future.result()


def judged_by_dask(todo: Sequence[Submission], settings: Settings, address: str) -> Results:
    """Judge files on a Dask cluster; gives them as they are done.

    Each is sent there with what lies beside it, so no folder has to be shared, and is judged in a process of
    its own. The cluster's workers need this library.

    Args:
        address: of its scheduler, such as ``tcp://127.0.0.1:8786``.

    Raises:
        ValueError: if Dask is not installed here, or this library not there, or there is no such cluster.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise ValueError("a Dask cluster needs the extra grading: pip install 'duograd[grading]'") from error
    try:
        client = distributed.Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise ValueError(f"there is no Dask scheduler at {address!r}: {error}") from error
    with client:
        yield from _on_cluster(distributed, client, todo, settings)


def _on_cluster(distributed: Any, client: Any, todo: Sequence[Submission], settings: Settings) -> Results:
    waiting = iter(todo)
    sent: dict[Any, Submission] = {}

    def send(count: int) -> Iterator[Any]:
        for each in itertools.islice(waiting, count):
            future = client.submit(judged_apart, each.contents(), each.name, dict(settings), pure=False)
            sent[future] = each
            yield future

    try:
        done = distributed.as_completed([*send(WAITING * max(1, sum(client.nthreads().values())))])
        for future in done:
            submission = sent.pop(future)
            yield submission, _result(future)
            done.update([*send(1)])
    finally:
        client.cancel([*sent])


def _result(future: Any) -> Judged:
    try:
        judged: Judged = future.result()
    except ImportError as error:
        raise ValueError(f"the workers of the cluster lack something: {error}") from error
    except Exception as error:  # a worker was lost, say
        return not_judged(f"the cluster lost it: {type(error).__name__}: {error}", lasting=False)
    return judged
