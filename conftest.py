"""Loads the plugin when the checkout, not the wheel, is under test."""

pytest_plugins = ["conformance.plugin"]
