"""The champion: the gate, promotion and rollback, scoring and serving."""
