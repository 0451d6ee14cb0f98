"""What both lines of Airflow have in common."""
