"""Networks: neurons, layers and MLPs of Values, and the matrix twin. Imports no other room of ``nn``."""
