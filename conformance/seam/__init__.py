"""The seam: all that touches the inside of Airflow, for each line of it and for both."""
