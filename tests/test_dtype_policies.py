"""Keras' namespace of policies: configs and back."""

import pytest

from kerax import dtype_policies


@pytest.mark.parametrize("name", ["float32", "mixed_bfloat16"])
def test_a_policy_comes_back_from_its_config(name):
    policy = dtype_policies.DTypePolicy(name)
    config = dtype_policies.serialize(policy)
    assert config["class_name"] == "DTypePolicy"
    assert dtype_policies.deserialize(config) == policy
    assert dtype_policies.get(config) == policy
