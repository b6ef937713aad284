"""optax as a plugin: its optimizers and schedules by name, with variables, configs and files."""
