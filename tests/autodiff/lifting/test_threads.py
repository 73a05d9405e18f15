"""One program, several threads: each call gets the numbers of its own inputs."""

import sys
import threading

import numpy as np
import pytest

from autodiff import lift
from benchmarks import graphs

THREADS, RUNS = 3, 250


@pytest.fixture
def hurried():
    """Threads take turns as often as the interpreter can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def together(work):
    """Call ``work(i)`` in so many threads that start at once; what it raises is raised here."""
    barrier, failures = threading.Barrier(THREADS), []

    def task(i):
        barrier.wait()
        try:
            work(i)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=task, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def batched(hidden=4):
    graph = graphs.mlp((2, hidden, 1), 1, "tanh")
    inputs = {name: np.array(values, object)[..., 0] for name, values in graph.inputs.items()}
    return lift(graph.loss, inputs, graph.params, batch=True), graph


def data(seed, m):
    rng = np.random.default_rng(seed)
    return {"X": rng.standard_normal((2, m)), "Y": rng.standard_normal(m)}


def test_no_run_mixes_the_numbers_of_two_calls(hurried):
    program, _ = batched()
    given = [[data(10 * i + k, 5) for k in range(4)] for i in range(THREADS)]
    expected = [[program(**inputs) for inputs in each] for each in given]

    def work(i):
        for run in range(RUNS):
            result, right = program(**given[i][run % 4]), expected[i][run % 4]
            assert result.loss == right.loss
            assert all(np.array_equal(result.grads[name], grad) for name, grad in right.grads.items())

    together(work)


def test_two_that_push_at_once_leave_the_gradients_of_one_run(hurried):
    program, graph = batched(hidden=60)
    given = [data(k, 5) for k in range(4)]
    expected = {tuple(np.concatenate([g.ravel() for g in program(**x).grads.values()])) for x in given}
    pushers = threading.Barrier(2)
    seen, done = [], threading.Event()

    def work(i):
        if i == 0:
            for run in range(100_000):
                program(**given[run % 4])
                if done.wait(1e-5):
                    break
            return
        for _ in range(RUNS):
            program.push()
            pushers.wait()
            if i == 1:
                seen.append(tuple(value.grad for value in graph.params))
            pushers.wait()
        done.set()

    together(work)
    assert len(seen) == RUNS
    assert set(seen) <= expected


def test_a_text_asked_for_in_many_threads_is_the_same(hurried):
    program, _ = batched()
    texts, alone = [None] * THREADS, lift_texts(batched()[0])

    def work(i):
        texts[i] = lift_texts(program)

    together(work)
    assert texts == [alone] * THREADS


def lift_texts(program):
    return str(program), program.source(), program.latex(), len(program)
