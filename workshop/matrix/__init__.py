"""What came of every case on every Airflow we know: kept, shown as pages, and compared with what a test run sees."""
