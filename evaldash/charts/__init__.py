"""Data in, a plotly figure out: charts know neither storage nor Streamlit."""
