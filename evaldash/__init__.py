"""evaldash: error analysis for LLM products, from raw traces to a failure taxonomy one can defend."""

__version__ = "0.1.0"
