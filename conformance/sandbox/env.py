"""The environment variables of a sandbox: nothing of the caller's Airflow and AWS, everything of ours."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_FOREIGN_PREFIXES = ("AIRFLOW__", "AIRFLOW_CONN_", "AIRFLOW_VAR_", "AIRFLOW_CTX_", "_AIRFLOW", "AWS_")
_FOREIGN_NAMES = frozenset(
    ("AIRFLOW_HOME", "AIRFLOW_CONFIG", "AIRFLOW_IS_K8S_EXECUTOR_POD", "AIRFLOW_ENABLE_AIP_44", "BOTO_CONFIG")
)
_PROXIES = frozenset(("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"))

_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_SECURITY_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # A refused connection stays refused: without this, boto waits up to half a minute between five attempts.
    "AWS_MAX_ATTEMPTS": "1",
}

_AIRFLOW = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    # Not a secret: a fixed key, so that an encrypted value can be read by every process of a run.
    "AIRFLOW__CORE__FERNET_KEY": "Y29uZm9ybWFuY2UgYWlyZmxvdyBzYW5kYm94IGtleSE=",
    # The default callable looks the machine's name up, which is a DNS request on many machines.
    "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
    # One authority for "this import takes too long": the probe, which also stops what an alarm cannot.
    "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "0",
    # The default keeps two frames, and the user's own line is then often cut off.
    "AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH": "1000",
    "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
    "AIRFLOW__EMAIL__EMAIL_BACKEND": "conformance.sandbox.mail.discard",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    # Without it, 2.11 warns of itself on stderr.
    "AIRFLOW__METRICS__TIMER_UNIT_CONSISTENCY": "True",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}


def foreign(names: Iterable[str]) -> list[str]:
    """Those of `names` (of environment variables) that lead to the caller's Airflow, AWS account or proxy."""
    return [
        name
        for name in names
        if name.startswith(_FOREIGN_PREFIXES) or name in _FOREIGN_NAMES or name.upper() in _PROXIES
    ]


def ours(home: Path, db: Path, log_level: str) -> dict[str, str]:
    """The variables that make `home` the AIRFLOW_HOME and the SQLite file `db` the metadata database."""
    return {
        **_AIRFLOW,
        **_AWS,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(home / "airflow.cfg"),
        # A pooled connection may be opened in one thread and used in another (the Execution API of 3.x).
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{db}?check_same_thread=false",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": log_level,
        "AIRFLOW__LOGGING__FAB_LOGGING_LEVEL": log_level,
    }


def make_home(home: Path) -> None:
    """Create the folders and the empty airflow.cfg of a new AIRFLOW_HOME (without one, Airflow writes its own)."""
    for name in ("dags", "plugins", "logs"):
        (home / name).mkdir(parents=True)
    (home / "airflow.cfg").touch()
