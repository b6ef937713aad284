"""The checks themselves, by family; `kerax.testing.check` lists and loads them."""
