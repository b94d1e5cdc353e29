"""The payer's memory: what is known, what was sent, what was decided, what was paid, in one SQL database."""
