"""Payment of final decisions: who gets one remittance for what, and whether every cent of it adds up. Pure."""
