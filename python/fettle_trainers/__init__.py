"""Trainers that follow Fettle's trainer contract, and helpers for scripts that want to follow it too.

The contract is in docs/trainers.md: `--input input.json --output FOLDER`, a model folder comes out.
"""
