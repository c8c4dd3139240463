"""What is said on a call, told as text while it is said."""
