"""What comes into ``data/`` and what goes: checked first, versioned by DVC, whole or not at all."""
