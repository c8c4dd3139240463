"""Keeps records: the only room that speaks SQL."""
