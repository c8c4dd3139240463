"""Every act that the outside may ask for, one file each."""
