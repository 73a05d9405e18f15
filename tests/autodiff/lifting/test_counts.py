"""How many formulas and array operations models take: a recognition that gets lost fails here."""

import pytest

from autodiff import lift
from benchmarks import graphs

# name: formulas, array operations forward, and with backward; matrix products; operands that are
# read by an array of positions.
COUNTS = {
    "MLP, hinge loss": (lambda: graphs.mlp((2, 16, 16, 1), 100), 8, 13, 32, 3, 0),
    "MLP, cross-entropy": (lambda: graphs.mlp((5, 8, 3), 20, "tanh"), 5, 19, 28, 2, 0),
    "logistic regression": (lambda: graphs.logistic(15), 7, 16, 30, 1, 2),
    "convolution": (graphs.convolution, 5, 10, 24, 2, 2),
    "RNN": (graphs.rnn, 26, 63, 169, 24, 0),
    # 8 of them multiply by its first state, 0: such terms stay, since 0 times an infinite number is none.
    "GRU": (graphs.gru, 56, 186, 487, 35, 0),
    "batch norm": (graphs.batch_norm, 10, 17, 41, 2, 0),
    "attention": (graphs.attention, 31, 65, 156, 8, 9),
    "attention, ragged": (
        lambda: graphs.attention((5, 3, 4), vocabulary=9, width=8, heads=2, hidden=12),
        *(26, 81, 188, 10, 5),
    ),
}


@pytest.mark.parametrize(("make", *"fopqg"), COUNTS.values(), ids=COUNTS)
def test_models_take_no_more_operations_than_this(make, f, o, p, q, g):
    graph = make()
    program = lift(graph.loss, graph.inputs, graph.params)
    segments = [segment for formula in program.formulas for segment in formula.segments]
    read = [each for formula in program.formulas for each in formula.accesses]
    assert sum(segment.kind == "matmul" for segment in segments) >= q
    assert len(program.formulas) <= f
    assert len(program) <= o
    run = program.run_for(1)
    assert len(run.writer.lines) - run.writer.watches <= p
    assert sum(each.strides is None for each in read) <= g


@pytest.mark.parametrize("m", [1, 7, 60])
def test_the_number_of_operations_does_not_depend_on_the_number_of_samples(m):
    for make in (
        lambda m: graphs.mlp((3, 4, 2), m),
        lambda m: graphs.rnn(3, 4, m),
        lambda m: graphs.gru(3, 4, m),
    ):
        graph, larger = make(m), make(m + 3)
        counts = {len(lift(each.loss, each.inputs, each.params).formulas) for each in (graph, larger)}
        assert len(counts) == 1
