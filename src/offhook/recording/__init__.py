"""A Recording's life: for now, how its audio is read and handed out."""
