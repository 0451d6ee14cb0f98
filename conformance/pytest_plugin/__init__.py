"""The pytest plugin: options, subjects of cases, what came of each."""
