"""The standard optimizers of kerax, as a plugin."""
