"""Answering machines told from people."""
