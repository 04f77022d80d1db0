"""Quietdrip: one set of numbers for a ketamine infusion, from order to syringe, pump, chart and ledger."""

__version__ = "0.1.0"
