"""What trigger rules are expected to do: decision lists, the tables that follow from them, a page about both."""
