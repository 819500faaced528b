"""Files that are no frames: written whole or not at all, read within bounds, TOML."""
