"""One set of numbers for a ketamine infusion: order, syringe, pump, chart and ledger."""

__version__ = "0.1.0"
