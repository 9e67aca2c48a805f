"""The model client: one way to ask a language model, what it may cost, and what never leaves the machine."""
