"""Other engines doing the same work, each used the way its users use it."""
