"""Where untrusted code may run: its own AIRFLOW_HOME and database, no network, and DAG files parsed apart."""
