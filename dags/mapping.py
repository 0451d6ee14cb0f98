"""
Files that are loaded one by one: how many there are is known only when the run is at work.

Use it for work that can be cut into items. `expand` gives each instance one item, `expand_kwargs` several arguments;
`partial` gives all of them the same. A function given to `.map` changes the items on their way. Who takes the result of
a mapped task gets the results of all instances.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def mapping():
    @task
    def list_files() -> list[str]:
        return ["orders.csv", "items.csv"]

    @task
    def load(file: str, bucket: str) -> str:
        return f"{bucket}/{file}"

    @task
    def check(path: str) -> str:
        return path

    @task
    def sum_up(loaded: list[str]) -> int:
        return len(list(loaded))

    @task
    def list_copies() -> list[dict]:
        return [{"source": "a", "target": "b"}, {"source": "c", "target": "d"}]

    @task
    def copy(source: str, target: str) -> str:
        return f"{source} to {target}"

    @task
    def list_names() -> list[str]:
        return ["orders", "items"]

    @task
    def greet(text: str) -> str:
        return text

    loaded = load.partial(bucket="shop").expand(file=list_files())
    check.expand(path=loaded)
    sum_up(loaded)
    copy.expand_kwargs(list_copies())
    greet.expand(text=list_names().map(lambda name: f"hello {name}"))


mapping()
