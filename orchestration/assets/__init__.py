"""The assets, one module per kind: extracts, dbt layers, Python steps between them, publication."""
