"""Pure functions on arrays: stats know numpy, scipy, statsmodels, scikit-learn and the domain, nothing else."""
