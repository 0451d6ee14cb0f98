"""Which DAG claims which pattern, and which task plays which role in it."""
