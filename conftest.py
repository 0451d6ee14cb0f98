"""Loads the plugins when the checkout, not the wheel, is under test."""

pytest_plugins = ["conformance.pytest_plugin.plugin", "workshop.matrix.check"]
