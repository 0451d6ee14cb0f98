"""Isolated environments, one per Airflow: which, with what in them, and how they are built."""
