"""The database in Datasette: read-only, on this machine, its tables told in words."""
