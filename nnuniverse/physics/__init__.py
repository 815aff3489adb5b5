"""The papers' physical systems, as numerics: no config, no files."""
