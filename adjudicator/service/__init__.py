"""What callers can ask of the payer: submit, estimate, rule, pay, replay. Each loads facts, has the core decide, and keeps it."""
