"""What a picture holds: its DOT is read back with Graphviz's own parser."""

from __future__ import annotations

import html
import re

import numpy as np
import pygraphviz

from autodiff import Value
from autodiff.arrays import leaves
from nn.losses import mse


def parsed(picture):
    """Keep the result: pygraphviz's nodes, edges and subgraphs do not outlive their graph."""
    return pygraphviz.AGraph(string=picture.source)


def texts(node):
    """What a reader sees in a node: the text of its label, without markup."""
    runs = re.findall(r"[^<>]+(?=<|$)", node.attr["label"])
    return [html.unescape(run).replace("\\\\", "\\").strip() for run in runs if run.strip()]


def cards(picture):
    """Each card's texts: its title or formula, then name, number, name, number …"""
    return [each for node, each in shown(picture).items() if node.startswith("v")]


def shown(picture):
    """Node -> its texts."""
    graph = parsed(picture)
    return {str(node): texts(node) for node in graph.nodes()}


def edges(picture):
    """Edges of a folded picture, between the first texts of cards."""
    graph = parsed(picture)
    return {tuple(texts(graph.get_node(end))[0] for end in edge) for edge in graph.edges()}


def caption(picture):
    graph = parsed(picture)
    label = dict(graph.graph_attr).get("label") or ""
    return re.sub(r"<[^>]*>", "", label.replace("<BR/>", " / "))


def neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    y = (w * x + b).tanh()
    y.label = "y"
    y.backward()
    return y


def loss_of(model, m, loss=mse, seed=0):
    """J of a network on m random samples, differentiated."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(model.sizes[0], m))
    Y = loss.from_classes(rng.integers(0, max(model.sizes[-1], 2), m), loss.rows(model.sizes[-1]))
    J = loss.mean([model(x) for x in leaves("X", X).T.tolist()], leaves("Y", Y).T.tolist())
    J.label = "J"
    J.backward()
    return J


# Scalars
