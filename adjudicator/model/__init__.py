"""The words of the trade as immutable values: money, dates, codes, claim, case, decision, remittance."""
