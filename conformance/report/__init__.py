"""Records, verdict and views of a run. Knows nothing of Airflow or pytest."""
