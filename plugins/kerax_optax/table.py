"""The names of optax that the bridge offers, each with a summary, and those that it leaves out.

Data only: listing the components imports neither JAX nor optax. A test holds the tables against
the installed optax, so that a new alias is noticed.
"""

__all__ = [
    "DEFAULTS",
    "DEPRECATED",
    "LEFT_OUT",
    "NEEDS_LOSS",
    "OPTIMIZERS",
    "SCHEDULES",
    "TRANSFORMATIONS",
]

OPTIMIZERS = {
    "MultiSteps": "Another optimizer, taking a step every k batches with the mean gradient",
    "acprop": "Adam that divides by the deviation of the last step, uncentered in time",
    "adabelief": "Adam with the gradients' deviation from their mean as second moment",
    "adadelta": "Steps scaled by the ratio of past updates to past gradients",
    "adafactor": "Adam with factored second moments, for little memory",
    "adagrad": "Steps over the root of all squared gradients so far",
    "adam": "Steps from running means of the gradient and of its square",
    "adamax": "Adam with the infinity norm as second moment",
    "adamaxw": "AdaMax with decoupled weight decay",
    "adamw": "Adam with decoupled weight decay",
    "adan": "Adam with a Nesterov-like term from gradients' differences",
    "ademamix": "Adam with a second, slower mean of the gradient",
    "adopt": "Adam that converges for any decay of the second moment",
    "amsgrad": "Adam that divides by the largest second moment so far",
    "apply_if_finite": "Another optimizer that leaves out steps that are not finite",
    "chain": "Transformations one after the other, such as clipping and then Adam",
    "cocob": "Coin betting: no learning rate to tune",
    "dadapt_adamw": "AdamW that estimates its own learning rate",
    "dog": "Distance over gradients: no learning rate to tune",
    "dowg": "Distance over weighted gradients: no learning rate to tune",
    "fromage": "Steps relative to each weight's norm",
    "galore": "Adam on gradients projected to a low rank",
    "lamb": "Adam with a trust ratio for each layer, for large batches",
    "lars": "Momentum with a trust ratio for each layer, for large batches",
    "lbfgs": "Limited-memory BFGS without a line search",
    "lion": "The sign of an interpolated momentum",
    "madgrad": "Momentumized dual averaging",
    "mechanize": "Another optimizer whose learning rate is tuned while it runs",
    "momo": "Momentum with Polyak steps from the loss",
    "momo_adam": "Adam with Polyak steps from the loss",
    "multi_transform": "A different optimizer for each group of variables, by their paths",
    "muon": "Orthogonalized momentum for matrices, Adam for the rest",
    "nadam": "Adam with Nesterov's look ahead",
    "nadamw": "AdamW with Nesterov's look ahead",
    "noisy_sgd": "Gradient descent with noise that fades",
    "novograd": "Adam with one second moment for each layer",
    "optimistic_adam": "Adam that anticipates the next gradient, first form",
    "optimistic_adam_v2": "Adam that anticipates the next gradient",
    "optimistic_gradient_descent": "Gradient descent that anticipates the next gradient",
    "polyak_sgd": "Gradient descent with steps from the loss",
    "prodigy": "Adam that estimates its own learning rate",
    "radam": "Adam whose second moment is rectified in the first steps",
    "rmsprop": "Steps over the root of the running mean square",
    "rprop": "Steps from the signs of gradients, for full batches",
    "sam": "Sharpness-aware minimization, ascending and descending in turns",
    "schedule_free": "Another optimizer with averaging in place of a schedule",
    "schedule_free_adamw": "AdamW with averaging in place of a schedule",
    "schedule_free_sgd": "Gradient descent with averaging in place of a schedule",
    "sgd": "Gradient descent, with momentum if wanted",
    "sign_sgd": "The sign of the gradient",
    "signum": "The sign of the momentum",
    "simplified_ademamix": "AdEMAMix with one mean of the gradient",
    "sm3": "Adaptive steps with little memory",
    "yogi": "Adam with additive changes of the second moment",
}

SCHEDULES = {
    "constant_schedule": "One rate for all steps",
    "cosine_decay_schedule": "Down along half a cosine",
    "cosine_onecycle_schedule": "Up and far down along cosines, once",
    "exponential_decay": "Times a factor every so many steps",
    "join_schedules": "Several schedules one after the other",
    "linear_onecycle_schedule": "Up and far down along lines, once",
    "linear_schedule": "Along a line from one value to another",
    "piecewise_constant_schedule": "Times a factor at each boundary",
    "piecewise_interpolate_schedule": "Between values at boundaries, along lines or cosines",
    "polynomial_schedule": "Along a polynomial from one value to another",
    "sgdr_schedule": "Warm restarts: cosine decays with warm-ups one after the other",
    "warmup_constant_schedule": "Along a line up to a constant",
    "warmup_cosine_decay_schedule": "Along a line up, then down along half a cosine",
    "warmup_exponential_decay_schedule": "Along a line up, then an exponential decay",
}

# What `optax>chain` takes besides optimizers. No optimizers by themselves, so no components.
TRANSFORMATIONS = frozenset(
    {
        "adaptive_grad_clip",
        "add_decayed_weights",
        "add_noise",
        "apply_every",
        "centralize",
        "clip",
        "clip_by_block_rms",
        "clip_by_global_norm",
        "ema",
        "flatten",
        "freeze",
        "identity",
        "keep_params_nonnegative",
        "masked",
        "normalize",
        "normalize_by_update_norm",
        "reduce_on_plateau",
        "scale",
        "scale_by_acprop",
        "scale_by_adadelta",
        "scale_by_adam",
        "scale_by_adamax",
        "scale_by_adan",
        "scale_by_ademamix",
        "scale_by_adopt",
        "scale_by_amsgrad",
        "scale_by_belief",
        "scale_by_cocob",
        "scale_by_distance_over_gradients",
        "scale_by_factored_rms",
        "scale_by_galore",
        "scale_by_lbfgs",
        "scale_by_learning_rate",
        "scale_by_lion",
        "scale_by_madgrad",
        "scale_by_muon",
        "scale_by_novograd",
        "scale_by_optimistic_gradient",
        "scale_by_param_block_norm",
        "scale_by_param_block_rms",
        "scale_by_polyak",
        "scale_by_radam",
        "scale_by_rms",
        "scale_by_rprop",
        "scale_by_rss",
        "scale_by_schedule",
        "scale_by_sign",
        "scale_by_simplified_ademamix",
        "scale_by_sm3",
        "scale_by_stddev",
        "scale_by_trust_ratio",
        "scale_by_yogi",
        "set_to_zero",
        "trace",
        "zero_nans",
    }
)

# Public transformations of optax that neither table has, each with the reason.
LEFT_OUT = {
    "conditionally_mask": "its condition is a function, which no config holds",
    "conditionally_transform": "its condition is a function, which no config holds",
    "differentially_private_aggregate": "it needs a gradient for each example, and fit has sums",
    "dpsgd": "it needs a gradient for each example, and fit has sums",
    "hutchinson_estimator_diag_hessian": "it evaluates the loss again, which fit has no room for",
    "lookahead": "it keeps two copies of the parameters in the parameters' place",
    "measure_with_ema": "its measure is a function, which no config holds",
    "monitor": "its measures are functions, which no config holds",
    "named_chain": "it does what chain does",
    "partition": "it is multi_transform's other name",
    "scale_by_backtracking_linesearch": "it evaluates the loss again, which fit has no room for",
    "scale_by_zoom_linesearch": "it evaluates the loss again, which fit has no room for",
    "selective_transform": "multi_transform and freeze do what it does",
    "snapshot": "its measure is a function, which no config holds",
    "sophia": "it evaluates the loss again, which fit has no room for",
    "split_real_and_imaginary": "kerax trains no complex variables",
    "stateless": "it takes a function, which no config holds",
    "stateless_with_tree_map": "it takes a function, which no config holds",
    "with_extra_args_support": "the bridge applies it by itself",
}

# What optax itself advises against, with what it advises instead.
DEPRECATED = {"optimistic_adam": "optax deprecates it; use optax>optimistic_adam_v2."}

# These take the loss as `value`, which fit gives them.
NEEDS_LOSS = frozenset({"momo", "momo_adam", "polyak_sgd", "reduce_on_plateau", "scale_by_polyak"})

# Defaults of the bridge where optax has none, or one that fit cannot serve.
DEFAULTS: dict[str, dict[str, object]] = {
    "adadelta": {"learning_rate": 1.0},  # with None, as in optax, it climbs
    "adafactor": {"learning_rate": 1e-3},  # with None its steps are as long as the weights
    "add_noise": {"key": 0},
    "lbfgs": {"learning_rate": 1.0, "linesearch": None},  # 1.0 is what None means
    "noisy_sgd": {"key": 0},
}
