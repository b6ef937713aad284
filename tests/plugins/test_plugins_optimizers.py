"""An optimizer that a plugin offers as a factory of optax transformations."""

SPEC = """
    ComponentSpec(kind="optimizer", name="slow", target="kerax_foo.parts:slow",
                  contract="gradient_transformation")
"""

PARTS = """
    import optax

    def slow(learning_rate=0.5):
        return optax.inject_hyperparams(optax.sgd)(learning_rate)
"""


def test_a_factory_by_name_and_by_config_steps_and_is_made_again(site):
    site.add(specs=SPEC.strip(), parts=PARTS)
    printed = site.output(
        """
        import kerax, numpy as np
        for identifier in ("foo>slow", {"id": "foo>slow", "config": {"learning_rate": 0.25}}):
            optimizer = kerax.optimizers.get(identifier)
            again = kerax.optimizers.deserialize(kerax.optimizers.serialize(optimizer))
            for one in (optimizer, again):
                weight = kerax.Variable([1.0])
                one.apply([np.ones(1)], [weight])
                print(type(one).__name__, weight.numpy().tolist())
        """
    )
    assert printed.split("\n")[:4] == [
        "OptaxOptimizer [0.5]",
        "OptaxOptimizer [0.5]",
        "OptaxOptimizer [0.75]",
        "OptaxOptimizer [0.75]",
    ]
