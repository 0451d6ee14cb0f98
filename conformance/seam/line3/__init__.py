"""Airflow 3.0 to 3.3."""
