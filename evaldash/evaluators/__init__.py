"""First evaluators made from failure modes: code checks, what they find against people, and tests to take along.

Judges (checks by a model) will stand beside `functions` with the same signature: a spec and a trace in, what was found
or None out; `running` measures both in the same way.
"""
