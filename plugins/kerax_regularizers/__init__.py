"""The standard regularizers of kerax, as a plugin."""
