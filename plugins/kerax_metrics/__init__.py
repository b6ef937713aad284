"""The standard metrics of kerax, as a plugin."""
