"""Proves the kit."""
