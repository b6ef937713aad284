"""The standard losses of kerax, as a plugin."""
