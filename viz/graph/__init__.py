"""What a picture of a graph shows: structure, cards, folding and cutting; nothing of how it looks."""
