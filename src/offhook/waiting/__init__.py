"""How tasks of the loop wait: with a limit, or not at all. Below every room that has asyncio."""
