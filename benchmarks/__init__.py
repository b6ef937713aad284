"""Tables of ratios between kerax, Keras on JAX and hand-written JAX; times are never asserted."""
