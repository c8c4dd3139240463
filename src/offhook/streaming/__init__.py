"""WebSockets to customers' applications."""
