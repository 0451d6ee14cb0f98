"""A DAG in which each way to map over a result is taken, for test_items.py."""

from __future__ import annotations

from datetime import datetime

from conformance.seam.api import airflow_version
from workshop.selftest.sdk import DAG, BaseOperator, task, task_group

with DAG("mapping", start_date=datetime(2024, 1, 1), schedule=None):

    @task
    def plain():
        """Return a list."""

    @task(multiple_outputs=True)
    def by_name():
        """Return a mapping."""

    @task
    def arguments():
        """Return a list of mappings."""

    @task(multiple_outputs=True)
    def arguments_by_name(item):
        """Return a mapping, in each instance."""

    @task
    def load(item, where="here"):
        """Needs one argument."""

    @task
    def move(source, target, how="fast"):
        """Needs two arguments."""

    class Copy(BaseOperator):
        """Needs two arguments, and may have a third."""

        def __init__(self, *, source, target, how="fast", **kwargs):
            super().__init__(**kwargs)
            self.both = source, target

        def execute(self, context):
            """Copy."""

    @task_group
    def both(first, second):
        """Needs two arguments, of which each goes to a task of its own."""
        load.override(task_id="one")(first)
        load.override(task_id="other")(second)

    items = plain()
    load.expand(item=items)
    load.override(task_id="load_by_name").expand(item=by_name())
    move.expand_kwargs(arguments.override(task_id="for_move")())
    move.override(task_id="move_here").partial(target="here").expand_kwargs(arguments.override(task_id="for_here")())
    Copy.partial(task_id="copy", target="here").expand_kwargs(arguments.override(task_id="for_copy")())
    both.expand_kwargs(arguments.override(task_id="for_both")())
    move.override(task_id="move_by_name").expand_kwargs(arguments_by_name.expand(item=items))
    load.override(task_id="load_part").expand(item=plain.override(task_id="for_part")().map(lambda it: it["part"]))
    paths = plain.override(task_id="for_made")()
    move.override(task_id="move_made").expand_kwargs(paths.map(lambda it: {"source": it.name, "target": it.name}))
    named = {} if airflow_version() < (2, 9, 0) else {"map_index_template": "{{ task.source.name }}"}
    Copy.partial(task_id="copy_made", **named).expand_kwargs(
        paths.map(lambda it: {"source": it.name, "target": "/tmp"})
    )
