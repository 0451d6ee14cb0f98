"""
Environments with the providers that a folder of DAGs imports, each in the release that was current for the Airflow.

Told by the package index as it was some days after the Airflow came out, as the pins are. A provider that cannot be had
is left out, and stood in for.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from textwrap import shorten

from platformdirs import user_cache_path

from conformance.environments import build
from conformance.environments.conflicts import reason
from conformance.environments.other_patches import needs_of_the_kit
from conformance.environments.requirements import contents, refuse_unless_there, whole
from conformance.errors import UserError
from conformance.files import write
from conformance.versions import Pin

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_VERDICT = "Because "
"""How uv begins where it is the packages that do not go together, and not the network that fails."""

_PROVIDER = "apache-airflow-providers-"
_LONGEST = 400
"""So many characters of what uv says are told."""
_TOO_OLD = timedelta(days=365)
"""Before the Airflow: a release that needs no package which goes with it may well be one that cannot be imported."""
_FAILED = re.compile(r"ailed to (?:download and )?build:? `?([A-Za-z0-9._-]+)==")

Ask = Callable[[Sequence[str]], CompletedProcess[str]]


@dataclass(frozen=True)
class Layer:
    """
    What to install on an environment besides what the user wants, and what to tell of it.

    `is_final` says that it would be the same if it was asked for again.
    """

    lines: tuple[str, ...]
    told: tuple[str, ...]
    is_final: bool

    @property
    def text(self) -> str:
        """As a requirements file; what to tell is a comment."""
        return "".join(f"{line}\n" for line in (*(f"# {sentence}" for sentence in self.told), *self.lines))


class Index:
    """The package index, asked for one Airflow and one Python."""

    def __init__(self, pin: Pin, python: Path) -> None:
        self.airflow = pin.version
        self._before = _as_of(pin.released_before)
        self._long_before = _as_of(pin.released_before - _TOO_OLD)
        self._python = python
        self._pins = pin.constraints.read_text(encoding="utf-8")
        self._always = (f"apache-airflow=={pin.version}", *needs_of_the_kit())

    def asked(self, lines: Iterable[str], *options: str, dated: bool = False) -> CompletedProcess[str]:
        """
        All that is needed for lines of a requirements file and the Airflow; the pins stay as they are where they can.

        `dated` means: as of the day of the Airflow.
        """
        with TemporaryDirectory(prefix="airflow-conformance-") as room:
            file = Path(room, "pins.txt")
            file.write_text(self._pins, encoding="utf-8")  # uv prefers what is in the file that it writes
            more = (*options, *(self._before if dated else ()), "-o", str(file))
            done = build.compiled(self._python, [*self._always, *lines], more)
            return CompletedProcess(done.args, done.returncode, file.read_text(encoding="utf-8"), done.stderr)

    def not_too_old(self, packages: Sequence[str]) -> list[str]:
        """The packages, each with the release that was current long before the Airflow as the oldest to be had."""

        def ask(some: Sequence[str]) -> CompletedProcess[str]:
            return build.compiled(self._python, some, (*self._long_before, "--no-deps"))

        oldest = pinned(fitting(packages, ask)[2])
        return [f"{name}>={oldest[name]}" if name in oldest else name for name in packages]

    def prepared(self, lines: Sequence[str]) -> CompletedProcess[str]:
        """Fetch, or build, what lines name, so that it can be installed."""
        cache = user_cache_path("airflow-conformance")
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="prepared-", dir=cache) as room:  # in a cache, where uv can link to its own
            return build.unpacked(self._python, lines, Path(room))

    def besides(self, resolved: str) -> list[str]:
        """Of all that is needed, what the environment of the Airflow has not."""
        there = pinned(self._pins)
        return [f"{name}=={version}" for name, version in pinned(resolved).items() if there.get(name) != version]


def ensure(pin: Pin, providers: Collection[str], requirements: Path | None = None) -> Path:
    """
    The Python of this Airflow's environment with `providers` and `requirements`; see `build.ensure`.

    What the environment has anyway is not asked for. Which releases there are, and what is left out, goes to stderr.
    """
    wanted = sorted(set(providers) - pinned(pin.constraints.read_text(encoding="utf-8")).keys())
    if not wanted:
        return build.ensure(pin, requirements=requirements)
    if requirements:
        refuse_unless_there(requirements)
    python = build.interpreter(pin)
    kept = _kept(pin, python.minor, wanted, requirements)
    layer = _remembered(kept)
    if layer is None:
        _say(f"asking the package index which providers were current for Airflow {pin.version} …")
        layer = installable(Index(pin, python.path), wanted, requirements)
        if layer.is_final:
            kept.parent.mkdir(parents=True, exist_ok=True)
            write(kept, layer.text)
    if layer.lines:
        try:
            built = _built(pin, layer, requirements)
        except UserError as error:
            told = f"No provider can be installed on Airflow {pin.version}: {error}"
            layer = Layer((), (told,), is_final=False)
    if not layer.lines:
        built = build.ensure(pin, requirements=requirements)
    _say(*layer.told)
    return built


def installable(index: Index, wanted: Sequence[str], requirements: Path | None) -> Layer:
    """As `layered`, but without what would have to be built from its sources, and cannot be here."""
    not_built: list[str] = []
    while True:
        layer = layered(index, wanted, requirements, [f"--only-binary={name}" for name in not_built])
        done = index.prepared(layer.lines) if layer.lines else None
        if done is None or not done.returncode:
            return layer
        failed = _FAILED.search(done.stderr)
        if failed is None or failed[1] in not_built:
            told = f"No provider can be installed on Airflow {index.airflow}; {_said(reason(done))}"
            return Layer((), (told,), is_final=False)
        not_built.append(failed[1])


def layered(index: Index, wanted: Sequence[str], requirements: Path | None, options: Sequence[str] = ()) -> Layer:
    """
    The releases that were current for the Airflow, or else go with it today, and all that they need.

    They go with the `requirements`, which have precedence. No lines if no provider is to be had.
    """
    users = whole(requirements).splitlines() if requirements else []
    with_users = index.asked(users)
    left = dict.fromkeys((one for one in wanted if one not in pinned(with_users.stdout)), reason(with_users))
    lines: list[str] = []
    if not with_users.returncode:
        left = dict.fromkeys(index.not_too_old(list(left)), "")
        for dated in True, False:
            lines, left = _more(index, lines, list(left), options, dated)
    if users and lines and index.asked([*users, *lines]).returncode:
        releases = [line for line in lines if line.partition("==")[0] in wanted]
        lines, clash, _ = fitting(releases, lambda some: index.asked([*users, *some]))
        left |= clash
    there = [line.replace("==", " ") for line in lines if line.startswith(_PROVIDER)]
    told = [f"Providers on Airflow {index.airflow}: {', '.join(there)}"] if there else []
    told += [
        f"Left out on Airflow {index.airflow}, and stood in for: {_names(left, why)}; {_said(why)}"
        for why in dict.fromkeys(left.values())
    ]
    is_final = not with_users.returncode and all(why.startswith(_VERDICT) for why in left.values())
    return Layer(tuple(lines), tuple(told), is_final)


def fitting(wanted: Sequence[str], ask: Ask) -> tuple[list[str], dict[str, str], str]:
    """Those that can be had together, the first before the others; for each of the rest, why not; the last answer."""
    kept: list[str] = []
    left: dict[str, str] = {}
    answer = ""

    def add(some: Sequence[str]) -> None:
        nonlocal answer
        done = ask([*kept, *some])
        if not done.returncode:
            kept.extend(some)
            answer = done.stdout
        elif len(some) == 1:
            left[some[0]] = reason(done)
        else:
            middle = len(some) // 2
            add(some[:middle])
            add(some[middle:])

    if wanted:
        add(wanted)
    return kept, left, answer


def pinned(lines: str) -> dict[str, str]:
    """The version of each package that lines such as `name==version` fix."""
    return dict(_PINNED.findall(lines))


def _more(
    index: Index, lines: list[str], wanted: Sequence[str], options: Sequence[str], dated: bool
) -> tuple[list[str], dict[str, str]]:
    """The lines with those of the providers that can be had, and all that they need; and what cannot be had."""

    def ask(some: Sequence[str]) -> CompletedProcess[str]:
        return index.asked([*lines, *some], *options, dated=dated)

    kept, left, needed = fitting(wanted, ask)
    return (index.besides(needed) if kept else lines), left


def _built(pin: Pin, layer: Layer, requirements: Path | None) -> Path:
    """The Python of an environment with a layer and the requirements."""
    with TemporaryDirectory(prefix="airflow-conformance-") as room:
        file = Path(room, "providers.txt")
        file.write_text(layer.text + (whole(requirements) if requirements else ""), encoding="utf-8")
        return build.ensure(pin, requirements=file)


def _remembered(kept: Path) -> Layer | None:
    """What was found out before."""
    if not kept.exists():
        return None
    lines = kept.read_text(encoding="utf-8").splitlines()
    told = (line.removeprefix("# ") for line in lines if line.startswith("# "))
    return Layer(tuple(line for line in lines if not line.startswith("# ")), tuple(told), True)


def _said(why: str) -> str:
    return f"uv said: {shorten(why, _LONGEST, placeholder=' …')}"


def _as_of(day: date) -> tuple[str, str]:
    return "--exclude-newer", f"{day}T00:00:00Z"


def _names(left: Mapping[str, str], why: str) -> str:
    return ", ".join(re.split("[>=]=", one)[0] for one in left if left[one] == why)


def _kept(pin: Pin, minor: str, wanted: Sequence[str], requirements: Path | None) -> Path:
    """Where the cache keeps what was found out."""
    asked = [pin.constraints.read_bytes(), *map(str.encode, wanted), contents(requirements) if requirements else b""]
    digest = hashlib.sha256(b"\n".join(asked)).hexdigest()[:12]
    return user_cache_path("airflow-conformance") / "providers" / f"airflow-{pin.version}-py{minor}-{digest}.txt"


def _say(*sentences: str) -> None:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
