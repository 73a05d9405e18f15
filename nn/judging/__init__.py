"""The judge: what is first wrong in somebody's backward pass, and which mistake it probably is."""
