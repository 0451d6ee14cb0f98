"""How fast the kit is: a simulated run, an upgrade and a page, a folder of many DAGs."""
