"""The words of error analysis as frozen values: no I/O, no numpy, nothing above."""
