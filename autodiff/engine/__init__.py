"""The engine: the node, the table of operations and the backward pass. It imports no other room."""
