"""Programs as people write them, over a scalar class that is handed to them.

``lectures`` are ten in the way of micrograd's notebooks, ``gpt`` and the other modules are in the way of
microgpt and its family. They run on small engines of those kinds (``closures``, ``tuples``) and on
``autodiff.Value``, and are the same program: tests compare their numbers, ``python -m benchmarks programs``
their times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.programs import (
    batch_norm,
    experts,
    gan,
    gpt,
    gru,
    lora,
    lstm,
    ppo,
    preference,
    rnn,
    vision,
)

__all__ = ["PROGRAMS"]

PROGRAMS: dict[str, Callable[..., Iterator[tuple[Any, list[Any]]]]] = {
    "RNN": rnn.train,
    "LSTM": lstm.train,
    "GRU": gru.train,
    "GAN": gan.train,
    "LoRA": lora.train,
    "mixture of experts": experts.train,
    "preference loss": preference.train,
    "PPO": ppo.train,
    "batch normalisation": batch_norm.train,
    "ViT block": vision.train,
    "GPT": gpt.train,
}
"""Title: ``train(Value, steps)``, which yields loss and parameters of each step before it is taken."""
