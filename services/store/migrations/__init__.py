"""The schema's history. Migrations are additive, so that older code runs on a newer schema (§5)."""
