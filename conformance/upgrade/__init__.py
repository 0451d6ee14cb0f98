"""What changes for the DAGs of a folder from one Airflow to another."""
