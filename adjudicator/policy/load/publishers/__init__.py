"""Readers of the publishers' own files: one module per family, one reader of rows for all."""
