"""Contestant: one version of the library, in a process of its own, that is asked for its times.

A question is a line of JSON, ``["run", name, calls]``, ``["lift", name, calls]`` or ``["names"]``; so is the
answer: seconds of the processor a call, the names, or a sentence that says why there is none.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from autodiff import lift
from autodiff.lifting import Program
from benchmarks import graphs
from benchmarks.lifted import CASES, attention, network_program, titled
from benchmarks.networks import Network
from benchmarks.suite import PROGRAMS
from benchmarks.suite.case import Case

__all__ = ["serve"]

Made = tuple[Program, dict[str, Any]]
GRAPHS: dict[str, Callable[[], graphs.Graph]] = {
    "a small network": lambda: graphs.mlp((3, 4, 2), 5),
    "65,000 nodes": lambda: graphs.mlp((2, 16, 16, 1), 100),
    "recurrence": graphs.rnn,
    "attention": graphs.attention,
}


def programs() -> dict[str, Callable[[], Made]]:
    """What lifts the program of each benchmark, and gives it with its data."""
    made: dict[str, Callable[[], Made]] = {}
    for sizes, m, activation, batch in CASES:
        network = Network.random(sizes, m, activation)
        made[titled(sizes, m, activation, batch)] = partial(network_program, network, batch)
    made["attention"] = lambda: attention()[1:]
    return made | {case.name: partial(of_suite, case) for case in PROGRAMS.values()}


def of_suite(case: Case) -> Made:
    """A program of the suite, and its data."""
    data = case.data()
    return case.lifted(data), {name: data[name] for name in case.inputs}


@cache
def step(name: str) -> Callable[[], Any]:
    """One run of a program: loss and all gradients."""
    program, data = programs()[name]()
    return lambda: program(**data).grads


@cache
def lifting(name: str) -> Callable[[], Any]:
    """Lifting of a graph that has been recorded."""
    graph = GRAPHS[name]()
    return lambda: lift(graph.loss, graph.inputs, graph.params)


def seconds(call: Callable[[], Any], calls: int) -> float:
    """Of the processor, a call, after some that warm caches."""
    for _ in range(-(-calls // 5)):
        call()
    start = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - start) / calls


def answer(question: str, *words: Any) -> Any:
    """The answer to one question."""
    if question == "names":
        return {"run": [*programs()], "lift": [*GRAPHS]}
    name, calls = words
    try:
        return seconds({"run": step, "lift": lifting}[question](name), calls)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def serve() -> None:
    """Answer until there are no more questions; what else is printed goes to the standard error."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        for line in sys.stdin:
            print(json.dumps(answer(*json.loads(line))), file=answers, flush=True)
