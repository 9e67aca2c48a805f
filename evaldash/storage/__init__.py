"""The store: the only place that knows SQL. Functions take the connection; the caller owns the transaction."""
