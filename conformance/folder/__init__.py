"""A folder of DAGs as plain data: which files it has, what is in them, and what went wrong."""
