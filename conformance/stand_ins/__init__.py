"""Stand-ins for what a DAG file asks for while it is imported and that is not here: modules, classes, values."""
