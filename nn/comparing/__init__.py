"""Backpropagation four ways, element by element."""
