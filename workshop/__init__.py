"""What maintainers of the kit need and users do not: pages, pictures, pins, figures, self-tests. Not in the wheel."""
