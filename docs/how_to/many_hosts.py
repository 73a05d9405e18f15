"""Started on every host, with the same address and another number: python many_hosts.py 10.0.0.1:1234 2 0"""

import sys

import jax

address, hosts, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
jax.distributed.initialize(address, num_processes=hosts, process_id=number)  # before anything else of JAX

from nn import MLP, fit  # noqa: E402
from nn.datasets import load, standardise  # noqa: E402

iris = load("iris")
model = MLP(4, [8, 3], seed=0)
history = fit(
    model,
    standardise(iris.X),
    iris.y,
    loss="cross_entropy",
    optimizer="adam",
    epochs=5,
    batch_size=32,
    engine="jax",
    save="iris.npz" if number == 0 else None,
)
print(f"host {number} of {hosts}, {len(jax.devices())} devices, loss {history.train_loss[-1]:.12f}")
