"""Verifying without pytest's own words: what it prints goes nowhere, and what we print stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter


def silence(config: pytest.Config) -> TerminalReporter:
    """
    Let pytest's own output go nowhere, by the reporter that is returned.

    It needs a terminal all the same: what explains an assertion asks for it.
    """
    config.option.tbstyle = "value"  # to show where in our own code a case failed takes longer than many a case
    config.pluginmanager.unregister(name="terminalreporter")
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (closed at the very end)
    config.add_cleanup(nowhere.close)
    reporter = TerminalReporter(config, nowhere)
    config.pluginmanager.register(reporter, "terminalreporter")
    return reporter
