"""
How tox runs the matrix: an environment's name says which Airflow it holds, and the kit itself finds its Python.

tox reads `airflow-3.0` as a wish for Python 3.0, and looks for interpreters on PATH alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tox.plugin import impl
from tox.tox_env.errors import Fail
from tox.tox_env.register import ToxEnvRegister
from tox_uv._run import UvVenvRunner

sys.path.insert(0, str(Path(__file__).parent))

from conformance.environments.build import interpreter
from conformance.errors import UserError
from conformance.versions import find, newest

os.environ["UV_PYTHON_DOWNLOADS"] = "never"


class AirflowRunner(UvVenvRunner):
    """An environment made by uv, on a Python that its Airflow supports; the others, that the newest one supports."""

    @staticmethod
    def id() -> str:
        """What tox.ini calls this runner."""
        return "airflow"

    @classmethod
    def extract_base_python(cls, env_name: str) -> str | None:
        """No name here asks for a Python."""
        return None

    def _base_python_default(self, conf: object, env_name: str | None) -> list[str]:
        self._base_python_explicitly_set = False
        _, _, minor = (env_name or "").partition("airflow-")
        try:
            return [str(interpreter(find(minor) if minor else newest()).path)]
        except UserError as error:
            raise Fail(str(error)) from error


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Let tox.ini say `runner = airflow`."""
    register.add_run_env(AirflowRunner)
