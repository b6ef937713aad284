"""Training, evaluation and prediction: data, the compiled step, the loop and its callbacks."""
