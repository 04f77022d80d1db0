"""What is known: protocols, equipment, limits and models as TOML, with their readers and judge."""
