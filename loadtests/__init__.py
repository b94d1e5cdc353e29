"""Load: a claim generator, benchmarks against the bare floor, and a locust user."""
