"""The public face of the settings."""

from kerax import config, dtypes, settings


def test_every_public_setting_is_there():
    for name in settings.__all__:
        assert getattr(config, name) is getattr(settings, name)


def test_the_policy_is_set_through_it():
    config.set_dtype_policy("mixed_bfloat16")
    try:
        assert dtypes.dtype_policy().name == config.dtype_policy().name == "mixed_bfloat16"
    finally:
        config.set_dtype_policy(None)
